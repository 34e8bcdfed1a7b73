import { AsyncScope } from '../../base/async-scope.js';
import type { Intent } from '../versions/journal.js';

/** A running write: whether it has ended, and whether a transaction got its mark. */
class MarkedWrite {
  isOpen = true;
  isUsed = false;

  constructor(readonly mark: string) {}
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

/** Runs a write in which {@link writeMark} returns the mark of its intent; also returns whether the write asked for it. */
export async function runMarked<T>(
  { mark }: Intent,
  write: () => T | Promise<T>,
): Promise<{ readonly result: T; readonly isMarked: boolean }> {
  if (mark === undefined) return { result: await write(), isMarked: false };
  const marked = new MarkedWrite(mark);
  try {
    const result = await WRITES.enter(marked, write);
    return { result, isMarked: marked.isUsed };
  } finally {
    marked.isOpen = false;
    WRITES.leave();
  }
}
