interface Shared {
  readonly id: string;
}

const DEFAULT_PERIOD = 86_400_000;

/**
 * Limits how many values of a method this process stores in the shared tier. A value counts for one to two of the method's
 * TTLs; values beyond the limit stay in memory.
 */
export class ShareBudget {
  readonly #max: number;
  readonly #period: number;
  #now = new Set<string>();
  #before = new Set<string>();
  #since = Number.NEGATIVE_INFINITY;

  /** @param ttl how long values stay in the shared tier, in milliseconds */
  constructor(max: number, ttl: number) {
    this.#max = max;
    this.#period = Math.min(ttl, DEFAULT_PERIOD);
  }

  /** The entries that may be shared now. */
  admitted<Entry extends Shared>(entries: readonly Entry[], now: number): readonly Entry[] {
    this.#turn(now);
    return entries.filter(({ id }) => this.#admits(id));
  }

  #admits(id: string): boolean {
    if (this.#now.has(id)) return true;
    if (!this.#before.delete(id) && this.#now.size + this.#before.size >= this.#max) return false;
    this.#now.add(id);
    return true;
  }

  #turn(now: number): void {
    const passed = now - this.#since;
    if (passed < this.#period) return;
    this.#before = passed < 2 * this.#period ? this.#now : new Set();
    this.#now = new Set();
    this.#since = now;
  }
}
