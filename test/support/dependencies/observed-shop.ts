import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache, Cacheable, CacheableBatch, type CacheEvent, LarderModule, type LarderOptions } from 'nest-larder';
import { ChangeFeed, type ChangeFeedStatus } from 'nest-larder/change-feed';
import { Pool } from 'pg';
import { until } from '../until.js';

/** The tables of the shop; `notes` has no triggers in the tests. */
export const SHOP = `
create table sellers (id int primary key, name text not null);
create table items (id int primary key, seller_id int not null references sellers, price int not null, note text);
create table notes (id int primary key, text text);
insert into sellers select i, 'seller ' || i from generate_series(1, 5) i;
insert into items select i, i % 5 + 1, i from generate_series(0, 49) i;
insert into notes values (1, 'first');`;

export interface SellerView {
  readonly name: string;
  readonly total: number;
}

const POOL = Symbol('pool');

/** A service whose values depend on their queries; nothing is declared. */
@Injectable()
export class Shop {
  loads = 0;
  /** Runs between the queries and the end of a load. */
  beforeEnd: () => Promise<void> = async () => {};

  constructor(readonly pool: Pool) {}

  @Cacheable({ key: (id: number) => ['seller', id], ttl: '1h', dependsOn: 'queries' })
  async seller(id: number): Promise<SellerView> {
    this.loads++;
    const { rows: sellers } = await this.pool.query('select name from sellers where id = $1', [id]);
    const sql = 'select coalesce(sum(price), 0)::int as total from items where seller_id = $1';
    const { rows: totals } = await this.pool.query(sql, [id]);
    await this.beforeEnd();
    return { name: sellers[0]?.name ?? '', total: totals[0].total };
  }

  @Cacheable({ key: (ids: readonly number[]) => ['totals', ...ids], ttl: '1h', dependsOn: 'queries' })
  async totals(ids: readonly number[]): Promise<number[]> {
    this.loads++;
    return Promise.all(ids.map(async (id) => (await this.seller(id)).total));
  }

  /** The same, without an invalidation. */
  @Cacheable({ key: (id: number) => ['declared', id], ttl: '1h' })
  async declaredSeller(id: number): Promise<SellerView> {
    this.loads++;
    const { rows: sellers } = await this.pool.query('select name from sellers where id = $1', [id]);
    const { rows: totals } = await this.pool.query(
      `select coalesce(sum(price), 0)::int as total from items where seller_id = ${Number(id)}`,
    );
    return { name: sellers[0]?.name ?? '', total: totals[0].total };
  }

  /** The same, with a question to Redis before each hit. */
  @Cacheable({ key: (id: number) => ['confirmed', id], ttl: '1h', dependsOn: 'queries', consistency: 'strong' })
  async confirmedSeller(id: number): Promise<SellerView> {
    this.loads++;
    const { rows } = await this.pool.query(
      'select coalesce(sum(price), 0)::int as total from items where seller_id = $1',
      [id],
    );
    return { name: '', total: rows[0].total };
  }

  @Cacheable({ key: () => ['report'], ttl: '1h', dependsOn: 'queries' })
  async report(): Promise<number> {
    this.loads++;
    const { rows } = await this.pool.query('select count(*)::int as count from items where price > 10');
    return rows[0].count;
  }

  /** Its sellers are known by its result only. */
  @Cacheable({ key: (id: number) => ['named', id], ttl: '1h', dependsOn: 'queries' })
  async namedItem(id: number): Promise<unknown> {
    this.loads++;
    const { rows } = await this.pool.query(
      'select id, seller_id, (select s.name from sellers s where s.id = i.seller_id) as seller from items i where id = $1',
      [id],
    );
    return rows[0];
  }

  @Cacheable({ key: (id: number) => ['note', id], ttl: '1h', dependsOn: 'queries' })
  async note(id: number): Promise<string> {
    this.loads++;
    const { rows } = await this.pool.query('select text from notes where id = $1', [id]);
    return rows[0]?.text ?? '';
  }

  @CacheableBatch({ key: (id: number) => ['price', id], ttl: '1h', dependsOn: 'queries' })
  async prices(ids: readonly number[]): Promise<readonly (number | undefined)[]> {
    this.loads++;
    const { rows } = await this.pool.query('select id, price from items where id = any($1)', [[...ids]]);
    const prices = new Map(rows.map(({ id, price }) => [id, price]));
    return ids.map((id) => prices.get(id));
  }
}

/** One process of the shop. */
export class ObservedShop {
  readonly events: CacheEvent[] = [];
  shop: Shop;
  cache: Cache;
  private closing: (() => Promise<void>) | undefined;

  private constructor(private readonly pool: Pool) {}

  static async start(url: string, options: LarderOptions = {}): Promise<ObservedShop> {
    const pool = new Pool({ connectionString: url });
    // Connections that are closing when the server stops.
    pool.on('error', () => {});
    pool.on('error', () => {});
    const node = new ObservedShop(pool);
    const onEvent = (event: CacheEvent) => void node.events.push(event);
    const all: LarderOptions = {
      database: pool,
      changeFeed: { url },
      onEvent,
      maxStaleness: '10s',
      redisTimeout: '5s',
      ...options,
    };
    @Module({
      imports: [LarderModule.forRoot(all)],
      providers: [
        { provide: POOL, useValue: pool },
        { provide: Shop, inject: [POOL], useFactory: (given: Pool) => new Shop(given) },
      ],
    })
    class Application {}
    try {
      const app = await NestFactory.createApplicationContext(Application, { logger: false, abortOnError: false });
      node.shop = app.get(Shop);
      node.cache = app.get(Cache);
      node.status = () => app.get(ChangeFeed).status();
      node.closing = () => app.close();
      return node;
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  status: () => ChangeFeedStatus;

  /** Reasons why values were not stored. */
  get reasons(): string[] {
    return this.events.flatMap((event) => (event.type === 'uncacheable' ? [String(event.error)] : []));
  }

  /** Calls until the second of two calls in a row does not load: the queries of a call are registered by its first load. */
  async learn(call: () => Promise<unknown>): Promise<void> {
    await until(async () => {
      await call();
      const { loads } = this.shop;
      await call();
      return this.shop.loads === loads;
    });
  }

  async stop(): Promise<void> {
    await this.closing?.();
    this.closing = undefined;
    if (!this.pool.ended) await this.pool.end();
  }
}
