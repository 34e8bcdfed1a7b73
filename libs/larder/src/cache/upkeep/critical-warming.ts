import { idOf } from '../../keys/key.js';
import type { CacheContext } from '../state/context.js';
import type { CacheEvent } from '../state/events.js';
import type { BackgroundRefresh } from './background-refresh.js';
import type { Arguments, CachedMethods, Callable } from './cached-methods.js';
import type { Warmer } from './warmer.js';

export interface WarmingBounds {
  readonly isOn: boolean;
  /** Milliseconds between rounds. */
  readonly interval: number;
}

/** Warms critical calls at the start, and again in rounds whatever is missing. */
export class CriticalWarming {
  readonly #context: CacheContext;
  readonly #methods: CachedMethods;
  readonly #warmer: Warmer;
  readonly #background: BackgroundRefresh;
  readonly #bounds: WarmingBounds;
  #cancel = () => {};
  #isRunning = false;

  constructor(
    context: CacheContext,
    methods: CachedMethods,
    warmer: Warmer,
    background: BackgroundRefresh,
    bounds: WarmingBounds,
  ) {
    this.#context = context;
    this.#methods = methods;
    this.#warmer = warmer;
    this.#background = background;
    this.#bounds = bounds;
  }

  /** Begins the first round, without waiting for it. */
  start(): void {
    if (!this.#bounds.isOn || this.#context.closing.aborted || this.#methods.critical().length === 0) return;
    this.#cancel = this.#context.clock.after(this.#bounds.interval, () => this.start());
    // A round may take longer than the interval: rounds must not overlap.
    if (!this.#isRunning) void this.#run();
  }

  stop(): void {
    this.#cancel();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (const callable of this.#methods.critical()) {
      if (!this.#isClosed) await this.#warm(callable);
    }
    this.#isRunning = false;
  }

  async #warm(callable: Callable): Promise<void> {
    const method = callable.name;
    try {
      const lists = (await callable.critical?.()) ?? [];
      const critical = new Set<string>();
      const requestFor = (parameters: Arguments) => {
        const request = callable.requestFor(parameters);
        if (request === undefined) return undefined;
        this.#background.note(request.path, callable, parameters, true);
        critical.add(idOf(request.path));
        return request;
      };
      this.#report({ type: 'warmed', method, report: await this.#warmer.warm({ requestFor }, lists) });
      this.#background.demote(callable, critical);
    } catch (error) {
      this.#report({ type: 'warming-failed', method, error });
    }
  }

  get #isClosed(): boolean {
    return this.#context.closing.aborted;
  }

  /** What fails while an application stops fails because of that. */
  #report(event: CacheEvent): void {
    if (!this.#isClosed) this.#context.report(event);
  }
}
