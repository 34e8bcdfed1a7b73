import { type ChangeFeedOptions, installTriggers, markWrite, onTable, writeMark } from 'nest-larder/change-feed';
import { Pool } from 'pg';
import { type Item, KEYS, nameOf } from '../keys.js';
import type { Random } from '../random.js';
import { type Database, Pace } from './database.js';

const TABLE = 'create table items (key text primary key, version int not null)';

/** A rule that names the keys alone. Every change of them is in the log, also of marked write-throughs. */
const rule = onTable('items', {
  columns: ['key'],
  invalidate: ({ rows }) => rows.flatMap(({ key }) => KEYS.filter((known) => nameOf(known) === key)),
  covers: [['shop']],
});

/** How nodes read the change log. */
export function feedOptions(url: string): ChangeFeedOptions {
  return { url, rules: [rule] };
}

/** In PostgreSQL, with triggers for the change feed. A write-through marks its transaction. */
export class PostgresDatabase implements Database {
  private readonly pool: Pool;
  private readonly pace: Pace;
  private isToDie = false;

  constructor(url: string, random: Random) {
    this.pool = new Pool({ connectionString: url });
    this.pool.on('error', () => {});
    this.pace = new Pace(random);
  }

  async setUp(url: string): Promise<void> {
    await this.pool.query(TABLE);
    await this.pool.query('insert into items select key, 0 from unnest($1::text[]) key', [KEYS.map(nameOf)]);
    await installTriggers(url, [rule]);
  }

  async load(names: readonly string[]): Promise<Item[]> {
    await this.pace.rest();
    const { rows } = await this.pool.query<Item>('select key, version from items where key = any($1)', [names]);
    await this.pace.rest();
    const versions = new Map(rows.map(({ key, version }) => [key, version]));
    return names.map((key) => ({ key, version: versions.get(key) ?? 0 }));
  }

  async increment(key: string): Promise<Item> {
    await this.pace.rest();
    const version = await this.update(key);
    if (this.isToDie && writeMark() !== undefined) process.kill(process.pid, 'SIGKILL');
    await this.pace.rest();
    return { key, version };
  }

  /** Ends this process after the commit of its next write-through, before the cache knows of it. */
  dieAfterCommit(): void {
    this.isToDie = true;
  }

  /** Whether the feed has delivered everything committed. */
  async isRead(): Promise<boolean> {
    const { rows } = await this.pool.query(`select from larder.changes c
      where not exists (select from larder.cursors r where pg_visible_in_snapshot(c.xid, r.read::pg_snapshot)) limit 1`);
    return rows.length === 0;
  }

  async all(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<Item>('select key, version from items');
    return new Map(rows.map(({ key, version }) => [key, version]));
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async update(key: string): Promise<number> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      await markWrite(client);
      const update = 'update items set version = version + 1 where key = $1 returning version';
      const { rows } = await client.query<Item>(update, [key]);
      await client.query('commit');
      return rows[0]?.version as number;
    } finally {
      client.release();
    }
  }
}
