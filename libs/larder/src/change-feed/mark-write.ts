import { writeMark } from '../cache/state/write-mark.js';

/** A connection that a transaction has begun on, such as a client of `pg`. */
export interface TransactionClient {
  query(text: string, values: string[]): Promise<unknown>;
}

/**
 * Tells the change feed that a transaction belongs to the write-through that runs here, so that its rows do not undo it: without
 * that, the feed invalidates the stored value a few milliseconds later. Other code may call it too; outside of a write-through
 * it does nothing.
 *
 * Call it inside the transaction, and end the transaction before the method of the write-through returns.
 *
 * @param client on which the transaction has begun. Not a pool, which may use another connection
 * @returns whether there was a write-through
 * @throws whatever the client throws
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
