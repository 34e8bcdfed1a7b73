import { sql } from 'drizzle-orm';
import { writeMark } from 'nest-larder/change-feed';
import type { Transaction } from './database.js';

/** Marks a transaction as part of the current write-through: its rows do not invalidate the value that the write stores. */
export async function markWrite(transaction: Transaction): Promise<void> {
  const mark = writeMark();
  if (mark !== undefined) await transaction.execute(sql`select set_config('larder.mark', ${mark}, true)`);
}
