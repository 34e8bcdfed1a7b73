import type { Clock } from '../../base/clock.js';

const MAX_CALLERS = 1000;

/** Allows each caller so many uses per minute. */
export class RateLimit {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #uses = new Map<string, { count: number; readonly until: number }>();

  /** @param most uses of one caller per minute */
  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  /** Counts a use. @returns whether it is allowed */
  use(caller: string): boolean {
    const now = this.#clock.elapsed();
    let uses = this.#uses.get(caller);
    if (uses === undefined || uses.until <= now) {
      this.#uses.delete(caller);
      // The oldest: a Map keeps its order.
      if (this.#uses.size >= MAX_CALLERS) this.#uses.delete(this.#uses.keys().next().value as string);
      uses = { count: 0, until: now + 60_000 };
      this.#uses.set(caller, uses);
    }
    return ++uses.count <= this.#most;
  }

  /** Whether a further use would be allowed. */
  allows(caller: string): boolean {
    const uses = this.#uses.get(caller);
    return uses === undefined || uses.until <= this.#clock.elapsed() || uses.count < this.#most;
  }
}
