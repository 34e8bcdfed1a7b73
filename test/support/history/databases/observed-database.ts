import { setTimeout as delay } from 'node:timers/promises';
import { writing } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import { Pool, type PoolClient } from 'pg';
import { type Item, KEYS, nameOf } from '../keys.js';
import type { Random } from '../random.js';
import { type Database, Pace } from './database.js';

const UPDATE = 'update items set version = version + 1 where key = $1 returning version';

/** In a PostgreSQL that may restart: queries are repeated until they succeed. Nothing tells the cache of a write. */
export class ObservedDatabase implements Database {
  readonly pool: Pool;
  private readonly pace: Pace;

  constructor(
    url: string,
    private readonly random: Random,
  ) {
    this.pool = new Pool({ connectionString: url, connectionTimeoutMillis: 2000 });
    this.pool.on('error', () => {});
    this.pace = new Pace(random);
  }

  async setUp(url: string): Promise<void> {
    await this.pool.query('create table items (key text primary key, version int not null)');
    await this.pool.query('insert into items select key, 0 from unnest($1::text[]) key', [KEYS.map(nameOf)]);
    await installTriggers(url, [{ table: { schema: 'public', name: 'items' }, columns: ['key'] }]);
  }

  async load(names: readonly string[]): Promise<Item[]> {
    await this.pace.rest();
    const { rows } = await untilDone(() =>
      this.pool.query<Item>('select key, version from items where key = any($1)', [names]),
    );
    await this.pace.rest();
    const versions = new Map(rows.map(({ key, version }) => [key, version]));
    return names.map((key) => ({ key, version: versions.get(key) ?? 0 }));
  }

  /** By one statement, in a transaction, or in a batch of writes. */
  async increment(key: string): Promise<Item> {
    const chance = this.random.next();
    const update = () => this.pool.query<Item>(UPDATE, [key]);
    if (chance < 0.3) return itemOf(key, await untilDone(() => writing(update)));
    if (chance < 0.6) return itemOf(key, await untilDone(update));
    return itemOf(key, await untilDone(() => this.inTransaction(key)));
  }

  async all(): Promise<Map<string, number>> {
    const { rows } = await untilDone(() => this.pool.query<Item>('select key, version from items'));
    return new Map(rows.map(({ key, version }) => [key, version]));
  }

  /** Whether the feed has delivered everything committed. */
  async isRead(): Promise<boolean> {
    const { rows } = await untilDone(() =>
      this.pool.query(`select from larder.changes c
      where not exists (select from larder.cursors r where pg_visible_in_snapshot(c.xid, r.read)) limit 1`),
    );
    return rows.length === 0;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** With a listener at once: an error may come with the same packet as the connection. */
  private connect(): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      this.pool.connect((error, client) => (client ? resolve(client.on('error', ignore)) : reject(error)));
    });
  }

  private async inTransaction(key: string) {
    const client = await this.connect();
    let isBroken = true;
    try {
      await client.query('begin');
      const result = await client.query<Item>(UPDATE, [key]);
      await this.pace.rest();
      await client.query('commit');
      isBroken = false;
      return result;
    } finally {
      client.off('error', ignore);
      client.release(isBroken);
    }
  }
}

function ignore(): void {}

function itemOf(key: string, { rows }: { rows: readonly Item[] }): Item {
  return { key, version: rows[0]?.version ?? 0 };
}

const PATIENCE = 30_000;

/** A server that restarts refuses, or ends its connections. */
export async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > until) throw error;
      await delay(50);
    }
  }
}
