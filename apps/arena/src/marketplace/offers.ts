import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { and, eq } from 'drizzle-orm';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../database/database.js';
import { theRow } from '../database/the-row.js';
import { Problem } from '../problems/problem.js';
import { itemKeys } from './item.keys.js';
import type { Item, Offer } from './item.schemas.js';
import { offers } from './item.tables.js';
import { findItemLocked } from './items.js';

/** The offers in the database. Only the page of the thing itself shows them. */
@Injectable()
export class Offers {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * Makes an offer; one by the same bidder that still stood is replaced.
   *
   * @throws NotFoundException
   * @throws Problem if the thing is the bidder's own or not available, or the amount is too low or too high
   */
  @CacheInvalidate({ targets: (itemId: string) => [itemKeys.one(itemId)] })
  async make(itemId: string, bidderId: string, amountCents: number): Promise<Offer> {
    return this.database.transaction(async (transaction) => {
      const { item } = await findItemLocked(transaction, itemId);
      mustBeFair(item, bidderId, amountCents);
      await transaction
        .update(offers)
        .set({ status: 'replaced' })
        .where(and(eq(offers.itemId, itemId), eq(offers.bidderId, bidderId), eq(offers.status, 'open')));
      const values = { itemId, bidderId, amountCents };
      const { id, createdAt } = theRow(await transaction.insert(offers).values(values).returning());
      return { id, itemId, bidderId, amountCents, createdAt: createdAt.toISOString() };
    });
  }
}

function mustBeFair({ id, seller, status, priceCents }: Item, bidderId: string, amountCents: number): void {
  if (seller.id === bidderId) throw new Problem(HttpStatus.CONFLICT, 'own-item', `You sell item ${id} yourself.`);
  if (status !== 'available') {
    throw new Problem(HttpStatus.CONFLICT, 'item-not-available', `Item ${id} takes no offers: it is ${status}.`);
  }
  const least = Math.ceil(priceCents / 2);
  if (amountCents < least || amountCents > priceCents) {
    const detail = `Item ${id} takes offers from ${least} to ${priceCents} cents.`;
    throw new Problem(HttpStatus.UNPROCESSABLE_ENTITY, 'unfair-amount', detail);
  }
}
