import { AsyncScope } from '../../base/async-scope.js';
import type { Intent } from '../versions/journal.js';

/** A write under way: whether it has ended, and whether its mark was given to a transaction. */
class MarkedWrite {
  isOpen = true;
  isUsed = false;

  constructor(readonly mark: string) {}
}

// Of no cache: a transaction is marked by code that knows only its client. Another cache does not know the mark, and ignores it.
const WRITES = new AsyncScope<MarkedWrite>();

/**
 * The mark of the write-through that runs here; `undefined` outside of one. A transaction that sets `larder.mark` to it tells the
 * change feed whose rows these are, so that the value that the write-through stores stays valid. `markWrite(client)` does that
 * with a client of `pg`; this is for every other one. The transaction must end before the write-through's function returns.
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

/** Runs a write so that {@link writeMark} answers the mark of its intent. Answers whether somebody asked for it, too. */
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
