import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { eq, inArray } from 'drizzle-orm';
import { Cacheable, CacheableBatch, CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database, type Transaction } from '../../../platform/database/database.js';
import { markWrite } from '../../../platform/database/mark-write.js';
import { theRow } from '../../../platform/database/the-row.js';
import { type Page, rowsOf } from '../../../platform/http/requests/page.js';
import { decline, lockOpenOffers } from '../offers/closing.js';
import { ITEM_PAGE, itemKeys, listsTouchedBy, listsWith, sellerOf } from './item.keys.js';
import { notYours } from './item.problems.js';
import {
  foundBy,
  type ItemChange,
  type SearchedItem,
  selectItems,
  selectListed,
  sortedBy,
  toListed,
  toSearchedItem,
} from './item.query.js';
import type { Item, ItemChanges, ItemQuery, ListedItem, NewItem } from './item.schemas.js';
import { items } from './item.tables.js';

/** Items for sale in the database. A write returns what it changed and invalidates only that. */
@Injectable()
export class Items {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list(query: ItemQuery): Promise<Page<ListedItem>> {
    const { offset, limit } = rowsOf(query);
    const filter = foundBy(query);
    const [rows, total] = await Promise.all([
      selectListed(this.database)
        .where(filter)
        .orderBy(...sortedBy(query.sort))
        .offset(offset)
        .limit(limit),
      this.database.$count(items, filter),
    ]);
    return { items: rows.map(toListed), page: query.page, perPage: query.perPage, total };
  }

  /** @throws NotFoundException */
  @Cacheable({ key: itemKeys.one, valueTags: sellerOf, ...ITEM_PAGE })
  async one(id: string): Promise<Item> {
    const { item } = await findItem(this.database, id);
    return item;
  }

  /** In the order of the ids; `undefined` for an item that does not exist. */
  @CacheableBatch({ key: itemKeys.inBatch, valueTags: sellerOf, ttl: '15m' })
  async many(ids: readonly string[]): Promise<(Item | undefined)[]> {
    const rows = await selectItems(this.database).where(inArray(items.id, [...ids]));
    const found = new Map(rows.map((row) => [row.id, toSearchedItem(row).item]));
    return ids.map((id) => found.get(id));
  }

  @CacheInvalidate({
    targets: (_sellerId: string, _description: NewItem, created: SearchedItem) => listsWith(created),
  })
  async create(sellerId: string, description: NewItem): Promise<SearchedItem> {
    return this.database.transaction(async (transaction) => {
      const values = { ...description, sellerId };
      const { id } = theRow(await transaction.insert(items).values(values).returning({ id: items.id }));
      return findItem(transaction, id);
    });
  }

  /**
   * Changes an item. Declines its open offers when it is not available any more.
   *
   * @throws NotFoundException
   * @throws Problem if another user sells it
   */
  @CacheInvalidate({
    targets: (_id: string, _sellerId: string, _changes: ItemChanges, change: ItemChange) => listsTouchedBy(change),
  })
  async update(id: string, sellerId: string, changes: ItemChanges): Promise<ItemChange> {
    return this.database.transaction(async (transaction) => {
      const before = await findItemLocked(transaction, id);
      if (before.item.seller.id !== sellerId) throw notYours(id);
      if (Object.keys(changes).length === 0) return { before, after: before };
      await markWrite(transaction);
      await transaction.update(items).set(changes).where(eq(items.id, id));
      const isClosed = changes.status !== undefined && changes.status !== 'available';
      if (isClosed) await decline(transaction, await lockOpenOffers(transaction, id));
      return { before, after: await findItem(transaction, id) };
    });
  }
}

async function findItem(database: Database | Transaction, id: string): Promise<SearchedItem> {
  const [row] = await selectItems(database).where(eq(items.id, id));
  if (!row) throw new NotFoundException(`There is no item ${id}.`);
  return toSearchedItem(row);
}

/** Locks the item: until the transaction ends, no other transaction changes it or makes an offer on it. */
export async function findItemLocked(transaction: Transaction, id: string): Promise<SearchedItem> {
  // Lock in a separate statement: one that also reads the offers would return them as of before the lock.
  await transaction.select({ id: items.id }).from(items).where(eq(items.id, id)).for('update');
  return findItem(transaction, id);
}
