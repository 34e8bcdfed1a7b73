/** For how long a sample is kept when later ones are less exact, in milliseconds. */
const SAMPLE_TTL = 10_000;

/** How this process's clock relates to Redis's, which all nodes share. Exact to half the fastest round trip. */
export class ClockOffset {
  #offset = 0;
  #doubt = Number.POSITIVE_INFINITY;
  #takenAt = Number.NEGATIVE_INFINITY;

  /** What to add to the clock's `elapsed` for Redis's time in milliseconds. */
  get offset(): number {
    return this.#offset;
  }

  /** @param time what Redis said, in milliseconds, when it was asked between two moments of the clock's `elapsed` */
  observe(time: number, sent: number, received: number): void {
    const doubt = (received - sent) / 2;
    const offset = time - (sent + received) / 2;
    const hasMoved = Math.abs(offset - this.#offset) > doubt + this.#doubt;
    if (doubt > this.#doubt && !hasMoved && received - this.#takenAt < SAMPLE_TTL) return;
    this.#offset = offset;
    this.#doubt = doubt;
    this.#takenAt = received;
  }
}
