import { Inject, Injectable, Logger } from '@nestjs/common';
import { inArray, lt, sql } from 'drizzle-orm';
import { Cache, type CounterBatch, defineCounter } from 'nest-larder';
import type { FlushReport } from 'nest-larder/jobs';
import { DATABASE, type Database, type Transaction } from '../../../platform/database/database.js';
import { ITEM_PAGE, viewKeys } from './item.keys.js';
import { items, viewBatches } from './item.tables.js';

/**
 * Rows of one statement. Of larger ones the change feed does not tell which columns changed: every cached list that depends on one
 * of these items would be loaded again.
 */
const MAX_ROWS = 500;

interface Written extends Record<string, unknown> {
  readonly id: string;
  readonly views: string;
}

/** Views of items: counted in Redis at each request, written to the table every five seconds by the job `sync_view_counts`. */
@Injectable()
export class ItemViews {
  private readonly logger = new Logger(ItemViews.name);
  private readonly counter = defineCounter({
    name: 'item-views',
    // Used where no job runs.
    flushEvery: '1m',
    write: (batch) => this.write(batch),
    onError: (error) => this.logger.warn(`Views are not written yet and will be retried: ${error}`),
  });

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly cache: Cache,
  ) {}

  /** Counts a view of an existing item. @returns the number of views with this one */
  async look(itemId: string): Promise<number> {
    void this.counter.add(itemId);
    // Read before the table: a batch that is written in between is then counted twice for a moment, never left out.
    const pending = await this.counter.pending(itemId).catch(() => 1);
    return pending + (await this.written(itemId));
  }

  /** Writes the counted views to the table. */
  async flush(): Promise<FlushReport> {
    return this.counter.flush();
  }

  /** Deletes batch ids older than a day: no batch is resent that late. @returns how many */
  async forgetOldBatches(): Promise<number> {
    const old = lt(viewBatches.createdAt, sql`now() - interval '1 day'`);
    return (await this.database.delete(viewBatches).where(old)).rowCount ?? 0;
  }

  private async written(itemId: string): Promise<number> {
    // Views that another program counts in the table may appear late: no finding of the audit.
    return this.cache.getOrLoad(viewKeys.of(itemId), () => this.read(itemId), { ...ITEM_PAGE, audit: false });
  }

  private async read(itemId: string): Promise<number> {
    const [row] = await this.database
      .select({ views: items.views })
      .from(items)
      .where(inArray(items.id, [itemId]));
    return row?.views ?? 0;
  }

  /** One transaction, so that the id of the batch and its counts are written together or not at all. */
  private async write({ id, counts }: CounterBatch): Promise<void> {
    const written = await this.database.transaction(async (transaction) => {
      const { rowCount } = await transaction.insert(viewBatches).values({ id }).onConflictDoNothing();
      const all = rowCount === 0 ? [] : [...counts];
      const rows: Written[] = [];
      for (let at = 0; at < all.length; at += MAX_ROWS) {
        rows.push(...(await addViews(transaction, all.slice(at, at + MAX_ROWS))));
      }
      return rows;
    });
    if (written.length > 0)
      await this.cache.setMany(
        written.map(({ id: item, views }) => [viewKeys.of(item), Number(views)]),
        ITEM_PAGE,
      );
    else await this.cache.invalidate(...[...counts.keys()].map((item) => viewKeys.of(item)));
  }
}

async function addViews(transaction: Transaction, counts: readonly (readonly [string, number])[]): Promise<Written[]> {
  const ids = sql.param(counts.map(([id]) => id));
  const times = sql.param(counts.map(([, count]) => count));
  const { rows } = await transaction.execute<Written>(sql`
    update items set views = items.views + viewed.times from unnest(${ids}::bigint[], ${times}::bigint[]) as viewed (id, times)
    where items.id = viewed.id returning items.id, items.views`);
  return rows;
}
