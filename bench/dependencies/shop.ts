import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, LarderModule, type LarderOptions } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import { Pool } from 'pg';

export const ROWS = 50_000;

/** The queries of one load. */
const QUERIES = [
  'select id, price from items where id = $1',
  'select id, price from items where seller_id = $1',
  'select count(*)::int as count from items where seller_id = $1',
  'select i.id, o.price from items i join items o on o.id = i.seller_id where i.id = $1',
  'select max(price) as highest from items where seller_id = $1',
];

@Injectable()
export class Shop {
  constructor(private readonly pool: Pool) {}

  @Cacheable({ key: (id: number) => ['declared', id], ttl: '1h' })
  async declared(id: number): Promise<unknown> {
    return this.#load(id, 5);
  }

  @Cacheable({ key: (id: number) => ['observed', id], ttl: '1h', dependsOn: 'queries' })
  async observed(id: number): Promise<unknown> {
    return this.#load(id, 5);
  }

  @Cacheable({ key: (id: number) => ['declared one', id], ttl: '1h' })
  async declaredOne(id: number): Promise<unknown> {
    return this.#load(id, 1);
  }

  @Cacheable({ key: (id: number) => ['observed one', id], ttl: '1h', dependsOn: 'queries' })
  async observedOne(id: number): Promise<unknown> {
    return this.#load(id, 1);
  }

  async #load(id: number, queries: number): Promise<unknown> {
    const parts: unknown[] = [];
    for (const sql of QUERIES.slice(0, queries)) parts.push((await this.pool.query(sql, [id])).rows);
    return parts;
  }
}

export interface RunningShop {
  readonly shop: Shop;
  readonly pool: Pool;
  /** Round trips of its pool to PostgreSQL so far. */
  trips(): number;
  stop(): Promise<void>;
}

/** An application whose loads are observed. Resolves when the queries of its loads are known. */
export async function startShop(url: string, options: LarderOptions = {}): Promise<RunningShop> {
  await installTriggers(url, [{ table: { schema: 'public', name: 'items' }, columns: ['seller_id'] }]);
  const pool = new Pool({ connectionString: url });
  let trips = 0;
  pool.on('connect', (client) => {
    // Each `ReadyForQuery` of the server ends a round trip.
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    connection.on('readyForQuery', () => trips++);
  });
  @Module({
    imports: [LarderModule.forRoot({ database: pool, changeFeed: { url }, maxEntries: 200_000, ...options })],
    providers: [{ provide: Shop, useFactory: () => new Shop(pool) }],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  const shop = app.get(Shop);
  for (let id = -1; id > -4; id--) await Promise.all([shop.observed(id), shop.observedOne(id)]);
  return {
    shop,
    pool,
    trips: () => trips,
    stop: async () => {
      await app.close();
      await pool.end();
    },
  };
}
