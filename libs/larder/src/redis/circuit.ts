/** `open`: calls are refused. `probing`: one call finds out whether the service answers. */
export type CircuitState = 'closed' | 'open' | 'probing';

/**
 * A circuit breaker for a service that did not answer in time. While it is open, calls are refused. After a delay one call may
 * probe the service; its result closes the circuit or opens it again.
 */
export class Circuit {
  #state: CircuitState = 'closed';
  #openedAt = 0;

  /**
   * @param rest milliseconds it stays open before a call may probe
   * @param now a clock in milliseconds that never goes back
   */
  constructor(
    private readonly rest: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get state(): CircuitState {
    return this.#state;
  }

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

  /** Returns true for the one call that may probe. That caller must open or close the circuit when its call has ended. */
  takeProbe(): boolean {
    if (this.#state !== 'open' || this.now() - this.#openedAt < this.rest) return false;
    this.#state = 'probing';
    return true;
  }
}
