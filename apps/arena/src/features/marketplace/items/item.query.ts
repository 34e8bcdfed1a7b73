import { and, arrayContains, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../../platform/database/database.js';
import { users } from '../../sign-in/users/user.tables.js';
import type { Item, ItemQuery, ListedItem } from './item.schemas.js';
import { items, offers } from './item.tables.js';

/** A thing, and the words that searches find it by. */
export interface SearchedItem {
  readonly item: Item;
  readonly words: readonly string[];
}

/** A thing before and after it was changed. */
export interface ItemChange {
  readonly before: SearchedItem;
  readonly after: SearchedItem;
}

type Row<Shown> = Omit<Shown, 'createdAt'> & { createdAt: Date };

const listed = {
  id: items.id,
  title: items.title,
  condition: items.condition,
  priceCents: items.priceCents,
  seller: { id: users.id, name: users.name },
  createdAt: items.createdAt,
};

const openOffers = sql`from ${offers} where ${offers.itemId} = ${items.id} and ${offers.status} = 'open'`;

/** Things as lists show them; to be narrowed down and sorted. */
export function selectListed(database: Database | Transaction) {
  return database.select(listed).from(items).innerJoin(users, eq(users.id, items.sellerId)).$dynamic();
}

/** Things as their own page shows them, and the words that searches find them by. */
export function selectItems(database: Database | Transaction) {
  return database
    .select({
      ...listed,
      description: items.description,
      status: items.status,
      offers: {
        open: sql<number>`(select count(*)::int ${openOffers})`,
        bestCents: sql<number | null>`(select max(${offers.amountCents}) ${openOffers})`,
      },
      words: items.words,
    })
    .from(items)
    .innerJoin(users, eq(users.id, items.sellerId))
    .$dynamic();
}

/** What a list shows: all that is available, or what of it has all the words. */
export function foundBy({ q }: Pick<ItemQuery, 'q'>): SQL | undefined {
  return and(eq(items.status, 'available'), q && arrayContains(items.words, q));
}

export function sortedBy(sort: ItemQuery['sort']): SQL[] {
  if (sort === 'price') return [asc(items.priceCents), asc(items.id)];
  if (sort === '-price') return [desc(items.priceCents), desc(items.id)];
  return [desc(items.createdAt), desc(items.id)];
}

export function toListed(row: Row<ListedItem>): ListedItem {
  return { ...row, createdAt: row.createdAt.toISOString() };
}

export function toSearchedItem({ words, ...row }: Row<Item> & { words: string[] }): SearchedItem {
  return { item: { ...row, createdAt: row.createdAt.toISOString() }, words };
}
