import { AsyncResource } from 'node:async_hooks';
import { AsyncScope } from '../../base/async-scope.js';
import type { EntryFinder } from '../reads/entry-finder.js';
import type { Refresher } from '../reads/refresher.js';
import type { CacheContext } from '../state/context.js';
import type { ReadRequest } from '../state/read-request.js';

export interface PrefetchBounds {
  readonly isOn: boolean;
}

/** Calls prepared at once. */
const CONCURRENCY = 4;
/** Predictions that wait for their turn. Beyond these the oldest are dropped: whoever they were for has gone on. */
const MAX_QUEUE_LENGTH = 100;

/** Prepares calls that are likely to come: in the background, a few at a time, each key once, and never one from another. */
export class Prefetcher {
  readonly #context: CacheContext;
  readonly #finder: EntryFinder;
  readonly #refresher: Refresher;
  readonly #bounds: PrefetchBounds;
  /** By path, in the order they came. */
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
   * Prepares a call once the turn in which it was predicted is over, in the asynchronous context of its prediction. Skips
   * what is there already. Never throws; what goes wrong is reported.
   *
   * @param predict answers the call, or `undefined` if there is none to prepare
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
    // A task that is begun when another has ended must not run in that one's context: there is another user in it.
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
