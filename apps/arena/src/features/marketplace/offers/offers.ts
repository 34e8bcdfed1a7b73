import { HttpStatus, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, eq, getTableColumns, gt, inArray, isNull, lte, sql } from 'drizzle-orm';
import { union } from 'drizzle-orm/pg-core';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database, type Transaction } from '../../../platform/database/database.js';
import { theRow } from '../../../platform/database/the-row.js';
import { Problem } from '../../../platform/http/problems/problem.js';
import { Notifications, type Told } from '../../notifications/notifications.js';
import { itemKeys } from '../items/item.keys.js';
import type { Item, Offer } from '../items/item.schemas.js';
import { items, offers } from '../items/item.tables.js';
import { findItemLocked } from '../items/items.js';
import type { OfferRow as Row } from './closing.js';
import { toOffer } from './offer-rows.js';

const columns = getTableColumns(offers);

/** A new offer, and the bidder's earlier offer that it replaced. */
export interface MadeOffer {
  readonly made: Offer;
  readonly replaced: readonly string[];
  readonly told: readonly Told[];
}

/** Offers in the database. A write invalidates the item's page; the lists of seller and bidders depend on their queries. */
@Injectable()
export class Offers {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly notifications: Notifications,
  ) {}

  /**
   * Makes an offer; it replaces an open offer of the same bidder.
   *
   * @throws NotFoundException
   * @throws Problem if the bidder sells the item, it is not available, or the amount is too low or too high
   */
  @CacheInvalidate({ targets: (itemId: string) => [itemKeys.one(itemId)] })
  async make(itemId: string, bidderId: string, amountCents: number): Promise<MadeOffer> {
    return this.database.transaction(async (transaction) => {
      const { item } = await findItemLocked(transaction, itemId);
      mustBeFair(item, bidderId, amountCents);
      const replaced = await transaction
        .update(offers)
        .set({ status: 'replaced' })
        .where(and(eq(offers.itemId, itemId), eq(offers.bidderId, bidderId), eq(offers.status, 'open')))
        .returning({ id: offers.id });
      const values = { itemId, bidderId, amountCents };
      const made = toOffer(theRow(await transaction.insert(offers).values(values).returning()));
      const body = `${(amountCents / 100).toFixed(2)} € for "${item.title}".`;
      const told = await this.notifications.tellAll(transaction, [
        { userId: item.seller.id, title: 'New offer', body },
      ]);
      return { made, replaced: replaced.map(({ id }) => id), told };
    });
  }

  /**
   * Changes when an offer expires.
   *
   * @param agreed called while the offer is locked; the change is made only if it resolves
   * @throws NotFoundException
   * @throws Problem if another user made the offer, or it is not open any more
   */
  async extend(id: string, bidderId: string, hours: number, agreed: (at: Date) => Promise<void>): Promise<Offer> {
    return this.database.transaction(async (transaction) => {
      const { expiresAt } = await findStanding(transaction, id, bidderId);
      const at = new Date(expiresAt.getTime() + hours * 3_600_000);
      await agreed(at);
      return toOffer(
        theRow(
          await transaction
            .update(offers)
            .set({ expiresAt: at, remindedAt: null })
            .where(eq(offers.id, id))
            .returning(),
        ),
      );
    });
  }

  /**
   * Cancels an offer.
   *
   * @param agreed called while the offer is locked; the offer is cancelled only if it resolves
   * @throws NotFoundException
   * @throws Problem if another user made the offer, or it is not open any more
   */
  @CacheInvalidate({
    targets: (_id: string, _bidderId: string, _agreed: () => Promise<void>, itemId: string) => [itemKeys.one(itemId)],
  })
  async cancel(id: string, bidderId: string, agreed: () => Promise<void>): Promise<string> {
    return this.database.transaction(async (transaction) => {
      const { itemId } = await findStanding(transaction, id, bidderId);
      await agreed();
      await transaction.update(offers).set({ status: 'cancelled' }).where(eq(offers.id, id));
      return itemId;
    });
  }

  /** Expires those of the given offers that are open and due. */
  @CacheInvalidate({
    targets: (_ids: readonly string[], expired: readonly Offer[]) => expired.map(({ itemId }) => itemKeys.one(itemId)),
  })
  async expire(ids: readonly string[]): Promise<readonly Offer[]> {
    const isDue = and(inArray(offers.id, [...ids]), eq(offers.status, 'open'), lte(offers.expiresAt, sql`now()`));
    // Locked in one order, as a sale locks them: two writers cannot wait for each other.
    const due = this.database.select({ id: offers.id }).from(offers).where(isDue).orderBy(offers.id).for('update');
    const rows = await this.database
      .update(offers)
      .set({ status: 'expired' })
      .where(inArray(offers.id, due))
      .returning();
    return rows.map(toOffer);
  }

  /**
   * Reminds bidders and sellers of open offers that expire by a time. An offer is reminded of once, by whichever process is first,
   * until it is extended.
   *
   * @returns the notifications
   */
  async remind(ids: readonly string[], by: Date): Promise<readonly Told[]> {
    return this.database.transaction(async (transaction) => {
      const isDue = and(inArray(offers.id, [...ids]), isStandingBy(by), isNull(offers.remindedAt));
      const due = await transaction
        .select({ id: offers.id })
        .from(offers)
        .where(isDue)
        .orderBy(offers.id)
        .for('update');
      if (due.length === 0) return [];
      const named = inArray(
        offers.id,
        due.map(({ id }) => id),
      );
      await transaction.update(offers).set({ remindedAt: sql`now()` }).where(named);
      const rows = await transaction
        .select({ bidderId: offers.bidderId, sellerId: items.sellerId, title: items.title })
        .from(offers)
        .innerJoin(items, eq(items.id, offers.itemId))
        .where(named);
      const messages = rows.flatMap(({ bidderId, sellerId, title }) => [
        {
          userId: bidderId,
          title: 'Offer expires soon',
          body: `Your offer for "${title}" expires soon. Extend it to keep it.`,
        },
        {
          userId: sellerId,
          title: 'Offer expires soon',
          body: `An offer for "${title}" expires soon. Accept it to sell.`,
        },
      ]);
      return this.notifications.tellAll(transaction, messages);
    });
  }

  /** The open offers among the given ids; all open offers without ids. */
  async standing(ids?: readonly string[]): Promise<readonly Offer[]> {
    const filter = ids && inArray(offers.id, [...ids]);
    return (
      await this.database
        .select()
        .from(offers)
        .where(and(filter, eq(offers.status, 'open')))
    ).map(toOffer);
  }

  /** Open offers that a user made or received and that expire by a time, the earliest first. */
  async ofUser(userId: string, by: Date): Promise<Offer[]> {
    const isSoon = and(eq(offers.status, 'open'), lte(offers.expiresAt, by));
    // Each half uses an index of its own; an `or` of both would read every offer that expires soon.
    const made = this.database
      .select(columns)
      .from(offers)
      .where(and(isSoon, eq(offers.bidderId, userId)));
    const received = this.database
      .select(columns)
      .from(offers)
      .innerJoin(items, eq(items.id, offers.itemId))
      .where(and(isSoon, eq(items.sellerId, userId)));
    const rows = await union(made, received);
    const bySoonest = (one: Row, other: Row) =>
      one.expiresAt.getTime() - other.expiresAt.getTime() || Number(one.id) - Number(other.id);
    return rows.sort(bySoonest).map(toOffer);
  }
}

function isStandingBy(time: Date) {
  return and(eq(offers.status, 'open'), lte(offers.expiresAt, time), gt(offers.expiresAt, sql`now()`));
}

/** Locks the offer until the transaction ends. */
async function findStanding(transaction: Transaction, id: string, bidderId: string): Promise<Row> {
  const [row] = await transaction.select().from(offers).where(eq(offers.id, id)).for('update');
  if (row === undefined) throw new NotFoundException(`There is no offer ${id}.`);
  if (row.bidderId !== bidderId) {
    throw new Problem(HttpStatus.FORBIDDEN, 'not-your-offer', `Offer ${id} is not yours to change.`);
  }
  if (row.status !== 'open' || row.expiresAt.getTime() <= Date.now()) {
    throw new Problem(HttpStatus.CONFLICT, 'offer-not-standing', `Offer ${id} is not open any more.`);
  }
  return row;
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
