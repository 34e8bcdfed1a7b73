/** Simulated reads for each millisecond of processor time: a hit takes 0.2 microseconds in all scenarios, a miss some more. */
const READS_PER_MILLISECOND = 8;
/** Simulated reads that may come on top, after a pause or at the start. */
const MAX_SAVED = 60_000;
/** Simulated reads after which the pace is judged. */
const WINDOW = 5000;

/** Bounds the processor time of the simulation, as a part of that of the whole process. */
export class Pace {
  readonly #processorTime: () => number;
  #left = WINDOW;
  #saved = MAX_SAVED;
  #at: number;

  /** @param processorTime milliseconds that this process has used so far */
  constructor(processorTime: () => number) {
    this.#processorTime = processorTime;
    this.#at = processorTime();
  }

  /** Counts a simulated read. Returns whether there were too many of them. */
  isExceeded(): boolean {
    return --this.#left <= 0 && this.#endWindow();
  }

  #endWindow(): boolean {
    const now = this.#processorTime();
    this.#saved = Math.min(MAX_SAVED, this.#saved + (now - this.#at) * READS_PER_MILLISECOND - WINDOW);
    this.#at = now;
    this.#left = WINDOW;
    if (this.#saved >= 0) return false;
    this.#saved = 0;
    return true;
  }
}
