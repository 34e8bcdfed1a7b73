/** Values after which it is known whether warming is worth it. */
const MIN_SETTLED = 100;
/** Values after which the older half of the window counts half. */
const WINDOW = 2000;
const FIRST_PAUSE = 3_600_000;
const MAX_PAUSE = 86_400_000;

/** Pauses warming while it loads more than it saves: of the values in a window, fewer than half were used. */
export class Pauses {
  #used = 0;
  #unused = 0;
  #length = FIRST_PAUSE;
  #until: number | undefined;
  count = 0;

  /** Milliseconds left of the pause at `now`, on the clock's `elapsed`; 0 without one. */
  leftAt(now: number): number {
    return this.#until === undefined ? 0 : Math.max(0, this.#until - now);
  }

  /** Counts a value. @returns the pause that begins with it */
  settle(isUsed: boolean, now: number): { used: number; unused: number; length: number } | undefined {
    if (isUsed) this.#used++;
    else this.#unused++;
    const settled = this.#used + this.#unused;
    if (this.#until !== undefined || settled < MIN_SETTLED) return undefined;
    if (this.#unused > this.#used) return this.#begin(now);
    if (settled >= WINDOW) {
      this.#used /= 2;
      this.#unused /= 2;
      this.#length = FIRST_PAUSE;
    }
    return undefined;
  }

  /** Ends a pause that is over. @returns whether there was one */
  end(now: number): boolean {
    if (this.#until === undefined || now < this.#until) return false;
    this.#until = undefined;
    this.#used = 0;
    this.#unused = 0;
    return true;
  }

  #begin(now: number) {
    const pause = { used: this.#used, unused: this.#unused, length: this.#length };
    this.#until = now + this.#length;
    this.#length = Math.min(MAX_PAUSE, 2 * this.#length);
    this.count++;
    return pause;
  }
}
