import { Inject, Injectable } from '@nestjs/common';
import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { type Page, rowsOf } from '../../../platform/http/requests/page.js';
import { users } from '../../sign-in/users/user.tables.js';
import { selectItems, toSearchedItem } from '../items/item.query.js';
import { items, offers } from '../items/item.tables.js';
import { toOffer } from '../offers/offer-rows.js';
import type { MyItem, MyItemsQuery, MyOffer, MyOffersQuery, ReceivedOffers } from './mine.schemas.js';

/** What one user sells and bids for. Every query names the user. */
@Injectable()
export class MyMarket {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async items(userId: string, query: MyItemsQuery): Promise<Page<MyItem>> {
    const { offset, limit } = rowsOf(query);
    const filter = and(eq(items.sellerId, userId), query.status && eq(items.status, query.status));
    const [rows, total] = await Promise.all([
      selectItems(this.database)
        .where(filter)
        .orderBy(desc(items.createdAt), desc(items.id))
        .offset(offset)
        .limit(limit),
      this.database.$count(items, filter),
    ]);
    const shown = rows.map((row) => {
      const { description: _, seller: __, ...item } = toSearchedItem(row).item;
      return item;
    });
    return { items: shown, page: query.page, perPage: query.perPage, total };
  }

  async offers(userId: string, query: MyOffersQuery): Promise<Page<MyOffer>> {
    const { offset, limit } = rowsOf(query);
    const filter = and(eq(offers.bidderId, userId), query.status && eq(offers.status, query.status));
    const item = { id: items.id, title: items.title, priceCents: items.priceCents, status: items.status };
    const [rows, total] = await Promise.all([
      this.database
        .select({ offer: getTableColumns(offers), item })
        .from(offers)
        .innerJoin(items, eq(items.id, offers.itemId))
        .where(filter)
        .orderBy(desc(offers.createdAt), desc(offers.id))
        .offset(offset)
        .limit(limit),
      this.database.$count(offers, filter),
    ]);
    const shown = rows.map(({ offer, item }) => ({ ...toOffer(offer), item }));
    return { items: shown, page: query.page, perPage: query.perPage, total };
  }

  /** The open offers on an item, the highest first. */
  async received(itemId: string): Promise<ReceivedOffers> {
    const isOpen = and(eq(offers.itemId, itemId), eq(offers.status, 'open'));
    const rows = await this.database
      .select({ offer: getTableColumns(offers), bidder: { id: users.id, name: users.name } })
      .from(offers)
      .innerJoin(users, eq(users.id, offers.bidderId))
      .where(isOpen)
      .orderBy(desc(offers.amountCents), desc(offers.id));
    return { offers: rows.map(({ offer, bidder }) => ({ ...toOffer(offer), bidder })) };
  }
}
