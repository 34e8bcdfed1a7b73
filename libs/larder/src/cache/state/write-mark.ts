import { AsyncScope } from '../../base/async-scope.js';

/** A running write: whether it has ended, and whether a transaction got its mark. */
export class MarkedWrite {
  isOpen = true;
  isUsed = false;

  /** @param mark `undefined` if its journal knows no marks */
  constructor(readonly mark: string | undefined) {}

  /** Runs the write so that {@link writeMark} returns its mark. Call `end` when it has ended. */
  run<T>(write: () => T): T {
    return this.mark === undefined ? write() : WRITES.enter(this, write);
  }

  end(): void {
    this.isOpen = false;
    if (this.mark !== undefined) WRITES.leave();
  }
}

// Shared by all caches: code that marks a transaction knows only its client. Other caches ignore an unknown mark.
const WRITES = new AsyncScope<MarkedWrite>();

/**
 * The mark of the write-through that this code runs in; `undefined` outside of one. Set `larder.mark` to it in the
 * transaction: the change feed then keeps the value that the write-through stores. `markWrite(client)` does so for a client
 * of `pg`; this function is for other clients. The transaction must end before the write-through's function returns.
 *
 * @example
 * ```ts
 * const mark = writeMark();
 * if (mark !== undefined) await transaction.execute(sql`select set_config('larder.mark', ${mark}, true)`);
 * ```
 */
export function writeMark(): string | undefined {
  const write = WRITES.current;
  if (!write?.isOpen) return undefined;
  write.isUsed = true;
  return write.mark;
}
