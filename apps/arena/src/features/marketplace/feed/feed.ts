import { Inject, Injectable } from '@nestjs/common';
import { asc, eq, sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { type Page, type PageQuery, rowsOf } from '../../../platform/http/requests/page.js';
import { foundBy, selectListed, sortedBy, toListed } from '../items/item.query.js';
import type { ListedItem } from '../items/item.schemas.js';
import { items } from '../items/item.tables.js';

/** Feeds for visitors who do not search. */
@Injectable()
export class Feed {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The newest item of every seller, then the second newest of every seller, and so on: one seller cannot fill a page. */
  async discover(query: PageQuery): Promise<Page<ListedItem>> {
    const { offset, limit } = rowsOf(query);
    const available = foundBy({});
    const turn = sql<number>`row_number() over (partition by ${items.sellerId} order by ${items.createdAt} desc, ${items.id} desc)`;
    const turns = this.database
      .select({ id: items.id, turn: turn.as('turn') })
      .from(items)
      .where(available)
      .as('turns');
    const [rows, total] = await Promise.all([
      selectListed(this.database)
        .innerJoin(turns, eq(turns.id, items.id))
        // Says nothing new, except to Larder: changes of items that are not available do not reload the feed.
        .where(available)
        .orderBy(asc(turns.turn), ...sortedBy('newest'))
        .offset(offset)
        .limit(limit),
      this.database.$count(items, available),
    ]);
    return { items: rows.map(toListed), page: query.page, perPage: query.perPage, total };
  }
}
