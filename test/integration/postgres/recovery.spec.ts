import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChangeFeedOptions, installTriggers } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { Application } from '../../support/change-feed/application.js';
import { ITEMS, itemsRule, readItems, staleItems } from '../../support/change-feed/items.js';
import { NodeProcess } from '../../support/change-feed/node-process.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/servers/tcp-proxy.js';
import { until } from '../../support/until.js';

const COUNT = 500;
const all = Array.from({ length: COUNT }, (_, id) => id);

let server: PostgresServer;
let redis: RedisServer;
let database: string;
let url: string;
let keyPrefix: string;
let ends: (() => Promise<unknown>)[];

beforeAll(async () => {
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
}, 60_000);
afterAll(() => Promise.all([server.stop(), redis.stop()]));
beforeEach(async () => {
  ({ database, url } = await server.newDatabase());
  keyPrefix = randomUUID();
  ends = [];
  await run(`${ITEMS}; insert into items select i, 0 from generate_series(0, ${COUNT - 1}) i`);
  await installTriggers(url, [itemsRule]);
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

const run = (sql: string) => server.query(sql, url);

async function started(feed: Partial<ChangeFeedOptions> = {}): Promise<Application> {
  const options = { url, rules: [itemsRule], ...feed };
  const application = await Application.start({ database: url, redis: redis.url, keyPrefix, feed: options });
  ends.push(() => application.stop());
  return application;
}

/** A connection with an open transaction. */
async function session(): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  ends.push(() => client.end());
  return client;
}

/** Waits until every cached value equals the database in all these applications. */
async function noneStale(...applications: Application[]): Promise<void> {
  for (const application of applications) {
    await until(async () => (await staleItems(application, url)).length === 0);
  }
}

describe('a change feed over Redis', () => {
  it('misses nothing when 10,000 rows change while every process is down, and continues from its position', async () => {
    await run('truncate items; insert into items select i, 0 from generate_series(0, 9999) i');
    const before = await started();
    const many = Array.from({ length: 10_000 }, (_, id) => id);
    await readItems(before, many);
    await before.stop();
    await run('update items set value = 1 where id < 5000');
    await run('update items set value = 2 where id >= 5000');
    const after = await started();
    expect(after.countOf('feed-reset')).toBe(0);
    expect(await staleItems(after, url)).toEqual([]);
  }, 60_000);

  it('without reading the log would serve stale values: the checker detects them', async () => {
    const before = await started();
    await readItems(before, all);
    await before.stop();
    await run('update items set value = 1; delete from larder.changes');
    const after = await started();
    expect((await staleItems(after, url)).length).toBe(COUNT);
  });

  it('reads transactions that commit out of order', async () => {
    const application = await started();
    await readItems(application, all);
    const [first, second] = [await session(), await session()];
    await first.query('begin; update items set value = 1 where id = 1');
    await second.query('begin; update items set value = 2 where id = 2');
    await run('update items set value = 3 where id = 3');
    await until(async () => (await readItems(application, [3]))[0] === 3);
    await second.query('commit');
    await until(async () => (await readItems(application, [2]))[0] === 2);
    expect(await readItems(application, [1])).toEqual([0]);
    // The feed stores its position while the first transaction is open, and the next reader continues from there.
    await application.stop();
    await first.query('commit');
    const next = await started();
    await noneStale(next);
    expect(next.countOf('feed-reset')).toBe(0);
  });

  it('is read by one of several processes, and by another when that one is killed', async () => {
    const reader = await NodeProcess.start({ database: url, url, redis: redis.url, keyPrefix });
    ends.push(() => reader.kill());
    expect(reader.state).toBe('reading');
    const other = await started();
    expect(other.feed.status().state).toBe('standing-by');
    await readItems(other, all);
    await run('update items set value = 1 where id < 250');
    await noneStale(other);
    await reader.kill();
    await run('update items set value = 2 where id >= 250');
    await noneStale(other);
    expect(other.feed.status().state).toBe('reading');
    expect(other.countOf('feed-reset')).toBe(0);
  }, 60_000);

  it('is taken over from a process whose connection is half-open', async () => {
    const proxy = await TcpProxy.to(server.port);
    ends.push(() => proxy.close());
    const reader = await started({ url: server.urlOf(proxy.port, { database }), timeout: '1s' });
    const other = await started();
    await readItems(other, all);
    expect([reader, other].map(({ feed }) => feed.status().state)).toEqual(['reading', 'standing-by']);
    proxy.halfOpen();
    await run('update items set value = 1');
    await noneStale(other, reader);
    expect(other.feed.status().state).toBe('reading');
    expect(reader.feed.status()).toMatchObject({ state: 'waiting', error: { reason: 'timeout' } });
    await proxy.heal();
    await until(() => reader.feed.status().state === 'standing-by');
  }, 60_000);

  it('survives restarts of PostgreSQL and dropped connections', async () => {
    const proxy = await TcpProxy.to(server.port);
    ends.push(() => proxy.close());
    const application = await started({ url: server.urlOf(proxy.port, { database }) });
    await readItems(application, all);
    proxy.cut();
    await run('update items set value = value + 1');
    await proxy.heal();
    await noneStale(application);
    await server.restart();
    await application.reconnect();
    await run('update items set value = value + 1');
    await noneStale(application);
    expect(application.countOf('feed-reset')).toBe(1);
  }, 60_000);

  it('does not advance before Redis has the invalidations', async () => {
    const proxy = await TcpProxy.to(redis.port);
    ends.push(() => proxy.close());
    const cutOff = await Application.start({
      database: url,
      redis: proxy.url,
      keyPrefix,
      feed: { url, rules: [itemsRule] },
    });
    ends.push(() => cutOff.stop());
    const other = await started();
    await readItems(other, all);
    proxy.cut();
    await run('update items set value = 1');
    // Another process takes over from the one that cannot reach Redis.
    await noneStale(other);
    expect(cutOff.feed.status()).toMatchObject({ state: 'waiting', error: { reason: 'undelivered' } });
    await proxy.heal();
    await noneStale(cutOff);
  }, 60_000);

  it('invalidates what its rules cover when unread changes were trimmed', async () => {
    const first = await started();
    await readItems(first, all);
    await first.stop();
    await run('update items set value = 1');
    // As another reader does when it trims the log.
    await run(`with gone as (delete from larder.changes returning xid)
      update larder.state set trimmed = (select xid from gone limit 1), seen = pg_current_snapshot()`);
    const next = await started();
    expect(next.events).toContainEqual({ type: 'feed-reset', reason: 'retention' });
    expect(await staleItems(next, url)).toEqual([]);
  });

  it('invalidates what its rules cover after a restore of the database', async () => {
    const first = await started();
    await readItems(first, all);
    await first.stop();
    await run('update items set value = 1; delete from larder.changes');
    await run(`update larder.cursors set read = '99999999:99999999:'`);
    const next = await started();
    expect(next.events).toContainEqual({ type: 'feed-reset', reason: 'restored' });
    expect(await staleItems(next, url)).toEqual([]);
    await next.stop();
    await server.query(`create database ${database}_copy template ${database}`);
    const copy = server.urlOf(server.port, { database: `${database}_copy` });
    const last = await Application.start({
      database: copy,
      redis: redis.url,
      keyPrefix,
      feed: { url: copy, rules: [itemsRule] },
    });
    ends.push(() => last.stop());
    expect(last.events).toContainEqual({ type: 'feed-reset', reason: 'restored' });
  });

  it('keeps the log within its bounds, and a reader that is up to date misses nothing', async () => {
    const { ChangeLog } = await import('../../../libs/larder/src/change-feed/change-log.js');
    const client = await session();
    const log = new ChangeLog(
      { query: async (text, values) => (await client.query(text, values && [...values])).rows },
      false,
    );
    const start = await log.end();
    const long = await session();
    await long.query('begin; update items set value = 7 where id = 7');
    for (let value = 1; value <= 20; value++) await run(`update items set value = ${value} where id = 1`);
    const { next } = await log.read(start);
    expect(await log.trim(next, 3_600_000, 15)).toBe(5);
    expect((await log.read(next)).missed).toBeUndefined();
    expect((await log.read(start)).missed).toBe('retention');
    await long.query('commit');
    // It began before all trimmed rows, and is still unread.
    const { logged, missed } = await log.read(next);
    expect({ rows: logged.map(({ rows }) => rows), missed }).toEqual({ rows: [[[[7]], [[7]]]], missed: undefined });
    await run(`update larder.changes set at = at - interval '2 hours' where id < 15`);
    expect(await log.trim(await log.end(), 3_600_000, 1000)).toBe(9);
  });

  it('misses nothing by polling alone, as behind a pooler', async () => {
    const proxy = await TcpProxy.to(server.port);
    ends.push(() => proxy.close());
    const poll = { url: server.urlOf(proxy.port, { database }), wake: 'poll', pollInterval: '20ms' } as const;
    const [one, other] = [await started(poll), await started(poll)];
    await readItems(one, all);
    await run('update items set value = 1');
    await noneStale(one, other);
    proxy.cut();
    await run('update items set value = 2');
    await proxy.heal();
    await noneStale(one, other);
    expect(one.countOf('feed-reset') + other.countOf('feed-reset')).toBe(1);
    expect(await run(`select * from pg_locks where locktype = 'advisory' and objid = 1`)).toEqual([]);
  });

  it('reads each change once, however often the reader changes', async () => {
    const told: unknown[] = [];
    const rule = {
      ...itemsRule,
      invalidate: (change: Parameters<typeof itemsRule.invalidate>[0]) => {
        told.push(change.after?.id);
        return itemsRule.invalidate(change);
      },
    };
    await (await started({ rules: [rule] })).stop();
    const wrote = (async () => {
      for (let id = 0; id < 300; id++) await run(`update items set value = 1 where id = ${id}`);
    })();
    for (let round = 0; round < 5; round++) {
      const application = await started({ rules: [rule] });
      const soFar = told.length;
      await until(() => told.length > soFar || told.length === 300);
      await application.stop();
    }
    await wrote;
    const last = await started({ rules: [rule] });
    await until(() => told.length >= 300);
    expect(last.countOf('feed-reset')).toBe(0);
    expect([...told].sort((a, b) => Number(a) - Number(b))).toEqual(
      [...new Set(told)].sort((a, b) => Number(a) - Number(b)),
    );
    expect(new Set(told).size).toBe(300);
  }, 60_000);
});

describe('change feeds without Redis', () => {
  it('each read the log themselves', async () => {
    const feed = { url, rules: [itemsRule] };
    const applications = await Promise.all([1, 2, 3].map(() => Application.start({ database: url, feed })));
    for (const application of applications) ends.push(() => application.stop());
    for (const application of applications) await readItems(application, all);
    await run('update items set value = 1');
    await noneStale(...applications);
    expect(applications.map(({ feed }) => feed.status().state)).toEqual(['reading', 'reading', 'reading']);
    await server.restart();
    await Promise.all(applications.map((application) => application.reconnect()));
    await run('update items set value = 2');
    await noneStale(...applications);
    await Promise.all(applications.map(({ feed }) => feed.close()));
    expect(await run('select name from larder.cursors')).toEqual([]);
  }, 60_000);
});
