import { HttpStatus, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { Cache, type Target } from 'nest-larder';
import { DATABASE, type Database, type Transaction } from '../../../platform/database/database.js';
import { Problem } from '../../../platform/http/problems/problem.js';
import { Notifications, type Told } from '../../notifications/notifications.js';
import { itemKeys, listsWith } from '../items/item.keys.js';
import { notYours } from '../items/item.problems.js';
import type { SearchedItem } from '../items/item.query.js';
import type { Offer } from '../items/item.schemas.js';
import { items, offers } from '../items/item.tables.js';
import { findItemLocked } from '../items/items.js';
import { decline, lockOpenOffers, type OfferRow } from './closing.js';
import { toOffer } from './offer-rows.js';

/** What a seller decided. */
export interface Decision {
  readonly offer: Offer;
  /** The offers that the decision closed: this one, and after a sale all others. */
  readonly closed: readonly Offer[];
  /** The item before a sale; undefined if it was not sold. */
  readonly sold: SearchedItem | undefined;
  readonly told: readonly Told[];
}

/**
 * Sellers accept and decline offers. The item is locked first and its offers after it, so that of two decisions at once, or of a
 * decision and a withdrawal, the database lets exactly one happen.
 */
@Injectable()
export class Sales {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly cache: Cache,
  ) {}

  /**
   * Sells an item to a bidder. Declines all other open offers.
   *
   * @throws NotFoundException
   * @throws Problem if another user sells the item, it is not available, or the offer is not open any more
   */
  async accept(id: string, sellerId: string): Promise<Decision> {
    return this.decided(async (transaction) => {
      const { chosen, others, item } = await this.locked(transaction, id, sellerId);
      await transaction.update(offers).set({ status: 'accepted' }).where(eq(offers.id, id));
      await decline(transaction, others);
      await transaction.update(items).set({ status: 'sold' }).where(eq(items.id, chosen.itemId));
      const { title } = item.item;
      const price = euros(chosen.amountCents);
      const told = await this.notifications.tellAll(transaction, [
        { userId: chosen.bidderId, title: 'Offer accepted', body: `"${title}" is yours for ${price}.` },
        { userId: sellerId, title: 'Item sold', body: `You sold "${title}" for ${price}.` },
        ...others.map(({ bidderId: userId }) => ({
          userId,
          title: 'Item sold',
          body: `"${title}" went to another player.`,
        })),
      ]);
      return { offer: toOffer(chosen), closed: [chosen, ...others].map(toOffer), sold: item, told };
    });
  }

  /**
   * Declines an offer.
   *
   * @throws NotFoundException
   * @throws Problem if another user sells the item, it is not available, or the offer is not open any more
   */
  async decline(id: string, sellerId: string): Promise<Decision> {
    return this.decided(async (transaction) => {
      const { chosen, item } = await this.locked(transaction, id, sellerId);
      await decline(transaction, [chosen]);
      const body = `Your offer of ${euros(chosen.amountCents)} for "${item.item.title}" was declined.`;
      const told = await this.notifications.tellAll(transaction, [
        { userId: chosen.bidderId, title: 'Offer declined', body },
      ]);
      return { offer: toOffer(chosen), closed: [toOffer(chosen)], sold: undefined, told };
    });
  }

  /** Decides in a transaction. What the decision changes is invalidated after the commit, or not at all. */
  private async decided(decide: (transaction: Transaction) => Promise<Decision>): Promise<Decision> {
    return this.cache.deferInvalidations(() =>
      this.database.transaction(async (transaction) => {
        const decision = await decide(transaction);
        await this.cache.invalidate(...shownBy(decision));
        return decision;
      }),
    );
  }

  private async locked(
    transaction: Transaction,
    id: string,
    sellerId: string,
  ): Promise<{ chosen: OfferRow; others: OfferRow[]; item: SearchedItem }> {
    const [named] = await transaction.select({ itemId: offers.itemId }).from(offers).where(eq(offers.id, id));
    if (named === undefined) throw new NotFoundException(`There is no offer ${id}.`);
    const item = await findItemLocked(transaction, named.itemId);
    if (item.item.seller.id !== sellerId) throw notYours(named.itemId);
    const open = await lockOpenOffers(transaction, named.itemId);
    const chosen = open.find((offer) => offer.id === id && offer.expiresAt.getTime() > Date.now());
    if (chosen === undefined || item.item.status !== 'available') {
      throw new Problem(HttpStatus.CONFLICT, 'offer-not-standing', `Offer ${id} is not open any more.`);
    }
    return { chosen, others: open.filter((offer) => offer.id !== id), item };
  }
}

function shownBy({ offer: { itemId }, sold }: Decision): Target[] {
  return [itemKeys.one(itemId), ...(sold === undefined ? [] : listsWith(sold))];
}

function euros(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`;
}
