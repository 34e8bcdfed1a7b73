const TICK = 10;
/** A gap between two ticks above this is time in which the process did not run. */
const LONGEST_GAP = 40;

/**
 * Counts the milliseconds in which this process could answer. Time in which it was stopped, or busy in one long turn of the
 * event loop, is not the cache's fault.
 */
export class Awake {
  private counted = 0;
  private last = performance.now();

  constructor() {
    setInterval(() => this.tick(), TICK);
  }

  get milliseconds(): number {
    return this.counted + this.gap();
  }

  private tick(): void {
    this.counted += this.gap();
    this.last = performance.now();
  }

  private gap(): number {
    return Math.min(LONGEST_GAP, performance.now() - this.last);
  }
}
