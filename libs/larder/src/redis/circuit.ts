/**
 * Remembers that a remote service did not answer in time. While it is open, calls are refused; after a rest one call may
 * probe whether the service answers again, and what becomes of that call closes or opens the circuit.
 */
export class Circuit {
  #state: 'closed' | 'open' | 'probing' = 'closed';
  #openedAt = 0;

  /**
   * @param rest milliseconds it stays open before a call may probe
   * @param now a clock in milliseconds that never goes back
   */
  constructor(
    private readonly rest: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  open(): void {
    this.#state = 'open';
    this.#openedAt = this.now();
  }

  close(): void {
    this.#state = 'closed';
  }

  /** Takes the one probe there may be. Who has got it opens or closes the circuit when the probe has ended. */
  takeProbe(): boolean {
    if (this.#state !== 'open' || this.now() - this.#openedAt < this.rest) return false;
    this.#state = 'probing';
    return true;
  }
}
