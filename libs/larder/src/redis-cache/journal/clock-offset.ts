/** How long a sample is preferred to less exact later ones, in milliseconds. */
const SAMPLE_TTL = 10_000;

/** The offset between this process's clock and that of Redis, which all nodes share. Exact to half the fastest round trip. */
export class ClockOffset {
  #offset = 0;
  #doubt = Number.POSITIVE_INFINITY;
  #takenAt = Number.NEGATIVE_INFINITY;

  /** Added to the clock's `elapsed`, gives Redis's time in milliseconds. */
  get offset(): number {
    return this.#offset;
  }

  /** @param time Redis's time in milliseconds, read between `sent` and `received` on the clock's `elapsed` */
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
