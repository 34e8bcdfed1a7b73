import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '../../../platform/database/database.js';
import { offers } from '../items/item.tables.js';

export type OfferRow = typeof offers.$inferSelect;

/** The open offers on an item, locked until the transaction ends, always in one order: two writers cannot wait for each other. */
export async function lockOpenOffers(transaction: Transaction, itemId: string): Promise<OfferRow[]> {
  const isOpen = and(eq(offers.itemId, itemId), eq(offers.status, 'open'));
  return transaction.select().from(offers).where(isOpen).orderBy(asc(offers.id)).for('update');
}

/** Declines open offers that the transaction has locked. */
export async function decline(transaction: Transaction, open: readonly OfferRow[]): Promise<void> {
  if (open.length === 0) return;
  const ids = open.map(({ id }) => id);
  await transaction.update(offers).set({ status: 'declined' }).where(inArray(offers.id, ids));
}
