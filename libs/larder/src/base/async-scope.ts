import { AsyncLocalStorage } from 'node:async_hooks';

/** The values of the scopes that some work runs in, each scope once. */
class Frame {
  constructor(
    readonly scope: object,
    readonly value: unknown,
    readonly outer: Frame | undefined,
  ) {}
}

/**
 * A value that some work and everything it starts can ask for. Node 20 and 22 make every promise of the process dearer while
 * such a storage is in use, so all scopes share one, and it is switched off when nothing runs in any of them.
 */
export class AsyncScope<Value extends object> {
  // For the whole process, as what it costs is: with a storage for each cache, many caches would cost many times as much.
  static readonly #storage = new AsyncLocalStorage<Frame | undefined>();
  static #running = 0;
  static #isEndAwaited = false;

  /** The value of the innermost work here. It may have ended: what it started can go on. */
  get current(): Value | undefined {
    if (AsyncScope.#running === 0) return undefined;
    let frame = AsyncScope.#storage.getStore();
    while (frame !== undefined && frame.scope !== this) frame = frame.outer;
    return frame?.value as Value | undefined;
  }

  /** Runs work inside the scope. Each call needs one of {@link leave}, when all that the work awaits has ended. */
  enter<Result, Given extends readonly unknown[]>(
    value: Value,
    work: (...given: Given) => Result,
    ...given: Given
  ): Result {
    const storage = AsyncScope.#storage;
    const outer = AsyncScope.#running === 0 ? undefined : without(storage.getStore(), this);
    AsyncScope.#running++;
    return storage.run(new Frame(this, value, outer), work, ...given);
  }

  leave(): void {
    AsyncScope.#running--;
    if (AsyncScope.#running > 0 || AsyncScope.#isEndAwaited) return;
    AsyncScope.#isEndAwaited = true;
    // Switching costs more than most work: once a turn of the event loop is enough.
    setImmediate(AsyncScope.#endTurn).unref();
  }

  /** Runs work that does not belong to the work that starts it. */
  detach<Result>(work: () => Result): Result {
    if (this.current === undefined) return work();
    return AsyncScope.#storage.run(without(AsyncScope.#storage.getStore(), this), work);
  }

  static #endTurn(): void {
    AsyncScope.#isEndAwaited = false;
    if (AsyncScope.#running === 0) AsyncScope.#storage.disable();
  }
}

/** Frames without that of one scope, so that work which starts work which starts work keeps no longer and longer chain. */
function without(frame: Frame | undefined, scope: object): Frame | undefined {
  if (frame === undefined) return undefined;
  if (frame.scope === scope) return frame.outer;
  const outer = without(frame.outer, scope);
  return outer === frame.outer ? frame : new Frame(frame.scope, frame.value, outer);
}
