import type { Clock } from '../../base/clock.js';

/** The keys whose load has failed a moment ago, and whose callers get a stale value meanwhile. */
export class RetryPauses {
  readonly #clock: Clock;
  readonly #ends = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins the pause of a key. @param delay milliseconds; 0 for none */
  begin(id: string, delay: number): void {
    if (delay === 0) return;
    const end = this.#clock.elapsed() + delay;
    this.#ends.set(id, end);
    this.#clock.after(delay, () => {
      if (this.#ends.get(id) === end) this.#ends.delete(id);
    });
  }

  holds(id: string): boolean {
    const end = this.#ends.get(id);
    return end !== undefined && this.#clock.elapsed() < end;
  }
}
