import { sql } from 'drizzle-orm';
import { writeMark } from 'nest-larder/change-feed';
import type { Transaction } from './database.js';

/** Tells the change feed that a transaction belongs to the write-through that runs: its rows do not undo what that stores. */
export async function markWrite(transaction: Transaction): Promise<void> {
  const mark = writeMark();
  if (mark !== undefined) await transaction.execute(sql`select set_config('larder.mark', ${mark}, true)`);
}
