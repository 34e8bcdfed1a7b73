import { and, arrayContains, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../../platform/database/database.js';
import { users } from '../../sign-in/users/user.tables.js';
import type { Item, ItemQuery, ListedItem } from './item.schemas.js';
import { items, offers } from './item.tables.js';

/** An item and the words of its title. */
export interface SearchedItem {
  readonly item: Item;
  readonly words: readonly string[];
}

/** An item before and after a change. */
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

/** Items as lists show them; the caller adds filter and order. */
export function selectListed(database: Database | Transaction) {
  return database.select(listed).from(items).innerJoin(users, eq(users.id, items.sellerId)).$dynamic();
}

/** Items as their page shows them, with the words of their titles. */
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

/** Filter of a list: available items whose titles contain all the words. */
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
