import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * A value that some work and everything it starts can ask for. Node 20 and 22 make every promise of the process dearer while
 * such a storage is in use, so it is switched off when nothing runs in it.
 */
export class AsyncScope<Value extends object> {
  readonly #storage = new AsyncLocalStorage<Value | undefined>();
  #running = 0;
  #isEndAwaited = false;
  readonly #endOfTurn = () => {
    this.#isEndAwaited = false;
    // Switching costs more than most work: once a turn of the event loop is enough.
    if (this.#running === 0) this.#storage.disable();
  };

  /** The value of the innermost work here. It may have ended: what it started can go on. */
  get current(): Value | undefined {
    return this.#running === 0 ? undefined : this.#storage.getStore();
  }

  /** Runs work inside the scope. Each call needs one of {@link leave}, when all that the work awaits has ended. */
  enter<Result, Given extends readonly unknown[]>(
    value: Value,
    work: (...given: Given) => Result,
    ...given: Given
  ): Result {
    this.#running++;
    return this.#storage.run(value, work, ...given);
  }

  leave(): void {
    this.#running--;
    if (this.#running > 0 || this.#isEndAwaited) return;
    this.#isEndAwaited = true;
    setImmediate(this.#endOfTurn).unref();
  }

  /** Runs work that does not belong to the work that starts it. */
  detach<Result>(work: () => Result): Result {
    return this.current === undefined ? work() : this.#storage.run(undefined, work);
  }
}
