/** Simulated reads in a millisecond: a hit takes about a microsecond in all scenarios, a miss three. */
const READS_PER_MILLISECOND = 5;
/** Simulated reads that may come at once, after a pause or at the start. */
const MAX_SAVED = 60_000;
/** Simulated reads before the pace is judged again, after it was too high. */
const GRACE = 5000;

/** Bounds the processor time of the simulation. */
export class Pace {
  #left = MAX_SAVED;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** Counts a simulated read. Returns whether there are too many of them. */
  isExceeded(now: number): boolean {
    return --this.#left < 0 && this.#isBehind(now);
  }

  #isBehind(now: number): boolean {
    const since = now - this.#at;
    this.#at = now;
    this.#left = Math.min(MAX_SAVED, this.#left + since * READS_PER_MILLISECOND);
    if (this.#left >= 0) return false;
    this.#left = GRACE;
    // A clock that a test does not move tells no pace.
    return since > 0;
  }
}
