import { AsyncLocalStorage } from 'node:async_hooks';

/** The values of the scopes around some work, each scope once. */
class Frame {
  constructor(
    readonly scope: object,
    readonly value: unknown,
    readonly outer: Frame | undefined,
  ) {}
}

/**
 * A value for some work and everything it starts. In Node 20 and 22 an active AsyncLocalStorage makes every promise of the
 * process slower, so all scopes share one, and it is disabled while no scope is in use.
 */
export class AsyncScope<Value extends object> {
  // Static, because the cost is per process: a storage per cache would multiply it.
  static readonly #storage = new AsyncLocalStorage<Frame | undefined>();
  static #running = 0;
  static #isEndAwaited = false;

  /** The value of the innermost work, which may have ended: work that it started can go on. */
  get current(): Value | undefined {
    if (AsyncScope.#running === 0) return undefined;
    let frame = AsyncScope.#storage.getStore();
    while (frame !== undefined && frame.scope !== this) frame = frame.outer;
    return frame?.value as Value | undefined;
  }

  /** Runs work inside the scope. Each call needs one {@link leave} or {@link leaveAtOnce}, when everything that the work awaits has ended. */
  enter<Result, Given = undefined>(value: Value, work: (given: Given) => Result, given?: Given): Result {
    const storage = AsyncScope.#storage;
    const outer = AsyncScope.#running === 0 ? undefined : without(storage.getStore(), this);
    AsyncScope.#running++;
    return storage.run(new Frame(this, value, outer), work, given as Given);
  }

  /** Switches off at once, not at the end of the turn: for rare work, which must not slow down a long loop around it. */
  leaveAtOnce(): void {
    AsyncScope.#running--;
    if (AsyncScope.#running === 0) AsyncScope.#storage.disable();
  }

  leave(): void {
    AsyncScope.#running--;
    if (AsyncScope.#running > 0 || AsyncScope.#isEndAwaited) return;
    AsyncScope.#isEndAwaited = true;
    // Switching costs more than most work: once per turn of the event loop is enough.
    setImmediate(AsyncScope.#endTurn).unref();
  }

  /** Runs work outside the scope, although it starts inside. */
  detach<Result>(work: () => Result): Result {
    if (this.current === undefined) return work();
    return AsyncScope.#storage.run(without(AsyncScope.#storage.getStore(), this), work);
  }

  /**
   * Binds a function to the current scopes, which each call of it then has. In contrast to `AsyncResource.bind` it leaves other storages alone,
   * and costs next to nothing while no scope is in use.
   */
  bind<Given extends unknown[], Result>(work: (...given: Given) => Result): (...given: Given) => Result {
    const storage = AsyncScope.#storage;
    const frame = AsyncScope.#running === 0 ? undefined : storage.getStore();
    return function (this: unknown, ...given: Given): Result {
      if (AsyncScope.#running === 0 || storage.getStore() === frame) return work.apply(this, given);
      return storage.run(frame, Reflect.apply, work, this, given) as Result;
    };
  }

  static #endTurn(): void {
    AsyncScope.#isEndAwaited = false;
    if (AsyncScope.#running === 0) AsyncScope.#storage.disable();
  }
}

/** The frames without one scope, so that work that starts work again and again does not build an ever longer chain. */
function without(frame: Frame | undefined, scope: object): Frame | undefined {
  if (frame === undefined) return undefined;
  if (frame.scope === scope) return frame.outer;
  const outer = without(frame.outer, scope);
  return outer === frame.outer ? frame : new Frame(frame.scope, frame.value, outer);
}
