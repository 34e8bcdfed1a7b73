import { AsyncResource } from 'node:async_hooks';
import { AsyncScope } from '../../base/async-scope.js';
import type { EntryFinder } from '../reads/entry-finder.js';
import type { Refresher } from '../reads/refresher.js';
import type { CacheContext } from '../state/context.js';
import type { ReadRequest } from '../state/read-request.js';

export interface PrefetchBounds {
  readonly isOn: boolean;
}

const CONCURRENCY = 4;
/** The longest queue of predictions. Beyond it the oldest are dropped: their callers have moved on. */
const MAX_QUEUE_LENGTH = 100;

/** Runs predicted calls in the background: a few at a time, each key once, and never a prediction from a prefetched call. */
export class Prefetcher {
  readonly #context: CacheContext;
  readonly #finder: EntryFinder;
  readonly #refresher: Refresher;
  readonly #bounds: PrefetchBounds;
  /** By path, oldest first. */
  readonly #waiting = new Map<string, () => Promise<unknown>>();
  readonly #running = new Set<string>();
  readonly #inside = new AsyncScope<Prefetcher>();

  constructor(context: CacheContext, finder: EntryFinder, refresher: Refresher, bounds: PrefetchBounds) {
    this.#context = context;
    this.#finder = finder;
    this.#refresher = refresher;
    this.#bounds = bounds;
  }

  /**
   * Prepares a call at the end of the turn in which it was predicted, in the asynchronous context of its prediction. Skips
   * a value that is present. Never throws; failures are reported as events.
   *
   * @param predict returns the call, or `undefined` if there is none to prepare
   */
  offer(method: string, predict: () => ReadRequest | undefined): void {
    if (!this.#bounds.isOn || this.#inside.current !== undefined) return;
    setImmediate(() => {
      try {
        const request = predict();
        if (request !== undefined) this.#queue(request);
      } catch (error) {
        this.#context.report({ type: 'prefetch-failed', method, error });
      }
    });
  }

  #queue(request: ReadRequest): void {
    const { path } = request;
    const { closing } = this.#context;
    if (closing.aborted || this.#waiting.has(path) || this.#running.has(path) || this.#finder.isPrepared(path)) return;
    // A task that starts when another ends must not inherit the other's context, which may belong to another user.
    const work = () =>
      this.#inside.enter(this, () => this.#refresher.refresh(request)).finally(() => this.#inside.leave());
    this.#waiting.set(path, AsyncResource.bind(work));
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_QUEUE_LENGTH) this.#waiting.delete(oldest as string);
    this.#goOn();
  }

  #goOn(): void {
    for (const [path, work] of this.#waiting) {
      if (this.#running.size >= CONCURRENCY) return;
      this.#waiting.delete(path);
      if (this.#context.closing.aborted || this.#finder.isPrepared(path)) continue;
      this.#running.add(path);
      void work().finally(() => {
        this.#running.delete(path);
        this.#goOn();
      });
    }
  }
}
