import { writeMark } from '../cache/state/write-mark.js';

/** A connection with an open transaction, such as a client of `pg`. */
export interface TransactionClient {
  query(text: string, values: string[]): Promise<unknown>;
}

/**
 * Marks a transaction as part of the current write-through. Without the mark, the change feed would invalidate the stored value a
 * few milliseconds later, because of the rows that the write itself has changed. Outside a write-through it does nothing.
 *
 * Call it inside the transaction, and end the transaction before the method of the write-through returns.
 *
 * @param client the client of the transaction, not a pool, which may use another connection
 * @returns whether it ran in a write-through
 * @throws what the client throws
 *
 * @example
 * ```ts
 * await client.query('begin');
 * await markWrite(client);
 * await client.query('update tournaments set name = $2 where id = $1', [id, name]);
 * await client.query('commit');
 * ```
 */
export async function markWrite(client: TransactionClient): Promise<boolean> {
  const mark = writeMark();
  if (mark === undefined) return false;
  await client.query(`select set_config('larder.mark', $1, true)`, [mark]);
  return true;
}
