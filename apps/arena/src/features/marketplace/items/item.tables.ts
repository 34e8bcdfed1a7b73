import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, pgEnum, pgSequence, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, ownId } from '../../../platform/database/columns.js';
import { users } from '../../sign-in/users/user.tables.js';

export const itemIds = pgSequence('item_ids');
export const offerIds = pgSequence('offer_ids');

export const itemCondition = pgEnum('item_condition', ['new', 'like new', 'used', 'worn']);
export const itemStatus = pgEnum('item_status', ['available', 'sold', 'withdrawn']);
export const offerStatus = pgEnum('offer_status', ['open', 'replaced', 'declined', 'expired', 'cancelled', 'accepted']);

export const items = pgTable(
  'items',
  {
    id: ownId(itemIds),
    sellerId: id('seller_id')
      .notNull()
      .references(() => users.id),
    title: text('title').notNull(),
    description: text('description').notNull(),
    condition: itemCondition('condition').notNull(),
    priceCents: integer('price_cents').notNull(),
    status: itemStatus('status').notNull().default('available'),
    /** Views that have been written so far. */
    views: bigint('views', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    /** The words of the title, for searches. Kept as plain words, so that a write knows which searches it affects. */
    words: text('words').array().notNull().generatedAlwaysAs(sql`regexp_split_to_array(lower(title), '[^[:alnum:]]+')`),
  },
  (item) => [
    // Lists show available items only; each sort order has its index.
    index('items_newest')
      .on(item.createdAt.desc().nullsFirst(), item.id.desc().nullsFirst())
      .where(sql`${item.status} = 'available'`),
    index('items_by_price').on(item.priceCents, item.id).where(sql`${item.status} = 'available'`),
    index('items_by_word').using('gin', item.words),
    index('items_by_seller').on(item.sellerId),
    check('items_have_a_price', sql`${item.priceCents} > 0`),
  ],
);

export const offers = pgTable(
  'offers',
  {
    id: ownId(offerIds),
    itemId: id('item_id')
      .notNull()
      .references(() => items.id, { onDelete: 'cascade' }),
    bidderId: id('bidder_id')
      .notNull()
      .references(() => users.id),
    amountCents: integer('amount_cents').notNull(),
    status: offerStatus('status').notNull().default('open'),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull().default(sql`now() + interval '2 days'`),
    /** When bidder and seller were reminded that it expires soon. */
    remindedAt: instant('reminded_at'),
  },
  (offer) => [
    uniqueIndex('offers_one_open_a_bidder').on(offer.itemId, offer.bidderId).where(sql`${offer.status} = 'open'`),
    index('offers_by_bidder').on(offer.bidderId),
    index('offers_open_by_expiry').on(offer.expiresAt).where(sql`${offer.status} = 'open'`),
    check('offers_have_an_amount', sql`${offer.amountCents} > 0`),
  ],
);

/** Ids of written batches of views, so that a resent batch is not written twice. */
export const viewBatches = pgTable('view_batches', { id: text('id').primaryKey(), createdAt: createdAt() });
