import { type Clock, sleep } from '../../base/clock.js';

/** Milliseconds between attempts to get a place. */
const RETRY_INTERVAL = 250;

/** Limits the loads of the audit: their rate, and how many run at the same time. */
export class LoadBudget {
  readonly #perSecond: number;
  readonly #concurrency: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;
  #running = 0;

  constructor({ loadsPerSecond, concurrency, clock }: { loadsPerSecond: number; concurrency: number; clock: Clock }) {
    this.#perSecond = loadsPerSecond;
    this.#concurrency = concurrency;
    this.#clock = clock;
    this.#tokens = Math.max(1, loadsPerSecond);
    this.#filledAt = clock.elapsed();
  }

  /** Whether there is a place for a load. */
  get hasRoom(): boolean {
    if (this.#running >= this.#concurrency) return false;
    // Infinity times no time at all would be no number.
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true;
    const now = this.#clock.elapsed();
    const added = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(Math.max(1, this.#perSecond), this.#tokens + added);
    this.#filledAt = now;
    return this.#tokens >= 1;
  }

  /** Takes a place for one load, if there is one; give it back with {@link release}. */
  take(): boolean {
    if (!this.hasRoom) return false;
    this.#tokens--;
    this.#running++;
    return true;
  }

  /** Waits for a place; `false` if the cache closes meanwhile. */
  async wait(isOver: () => boolean): Promise<boolean> {
    while (!isOver()) {
      if (this.take()) return true;
      await sleep(this.#clock, RETRY_INTERVAL);
    }
    return false;
  }

  release(): void {
    this.#running--;
  }
}
