import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Advice, LarderOptions } from 'nest-larder';
import { installTriggers, removeTriggers } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { UNOBSERVED } from '../../../libs/larder/src/postgres/unobserved.js';
import { ObservedShop, SHOP } from '../../support/dependencies/observed-shop.js';
import { QuickClock } from '../../support/quick-clock.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const table = (name: string, ...columns: string[]) => ({ table: { schema: 'public', name }, columns });
const WATCHED = [table('sellers', 'id'), table('items', 'id', 'seller_id')];

let server: PostgresServer;
let redis: RedisServer;
let url: string;
let keyPrefix: string;
let nodes: ObservedShop[];

beforeAll(async () => {
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
}, 60_000);
afterAll(() => Promise.all([server.stop(), redis.stop()]));
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  keyPrefix = randomUUID();
  nodes = [];
  await run(SHOP);
  await installTriggers(url, WATCHED);
});
afterEach(async () => {
  for (const node of nodes) await node.stop();
});

/** Another program: it knows nothing of the cache, and no load observes its statements. */
async function run(sql: string): Promise<Record<string, unknown>[]> {
  const client = Object.assign(new Client({ connectionString: url }), { [UNOBSERVED]: true });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function started(options: LarderOptions = {}): Promise<ObservedShop> {
  const node = await ObservedShop.start(url, { keyPrefix, ...options });
  nodes.push(node);
  return node;
}

/** Definitions are compared every second, not every ten. The timeout stays long. A clock that is slow waits longer for a start. */
const soon = () => started({ clock: new QuickClock(10), changeFeed: { url, timeout: '5m' } });

describe('a process alone', () => {
  it('serves a value until plain SQL of another program changes a row that its load read', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await run('update items set price = price + 1000 where seller_id = 1');
    await until(async () => (await shop.seller(1)).total > 1000);
    await run(`update sellers set name = 'other' where id = 1`);
    await until(async () => (await shop.seller(1)).name === 'other');
    expect(node.reasons).toEqual([]);
  });

  it('finds rows by the result of a query, also when the text is known', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.namedItem(7));
    await shop.namedItem(8);
    const { dependencies = [] } = (await node.cache.inspect(['named', 8])) ?? {};
    expect(dependencies).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^public\.items\.id = 8, by: select/),
        expect.stringMatching(/^public\.sellers\.id = 4, by: select/),
      ]),
    );
    expect(dependencies).toHaveLength(4);
  });

  it('advises on a table of which every row matters to a method', async () => {
    const node = await started({ adviser: true });
    const { shop } = node;
    await node.learn(() => shop.report());
    await node.learn(() => shop.seller(1));
    const { methods } = node.cache.advice() as Advice;
    expect(methods['Shop.seller']).toMatchObject({ action: 'wait', wholeTables: [] });
    expect(methods['Shop.report']).toMatchObject({
      action: 'change',
      wholeTables: [{ table: 'public.items', query: 'select count(*)::int as count from items where price > $1' }],
      text:
        'No column in the WHERE narrows `public.items`: each change of it invalidates every value. ' +
        'Query: select count(*)::int as count from items where price > $1.',
    });
  });

  it('tells what a change of a row has invalidated', async () => {
    const node = await started({ diagnostics: true });
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await run('update items set price = price + 1000 where seller_id = 1');
    await until(async () => (await shop.seller(1)).total > 1000);
    const told = node.events.flatMap((event) => (event.type === 'invalidated' ? [event] : []));
    expect(told.map(({ origin }) => origin)).toEqual(Array(told.length).fill('row change'));
    expect(told.flatMap(({ target }) => target.split(', ')).sort()).toEqual([
      'public.items.seller_id = 1',
      'rows of public.items',
    ]);
    await run('truncate items');
    await until(() =>
      node.events.some((event) => event.type === 'invalidated' && event.target === 'all of public.items'),
    );
  });

  it('keeps the values that a change does not concern', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await node.learn(() => shop.seller(2));
    const { loads } = shop;
    await run('update items set price = 0 where seller_id = 1; update items set note = $$of no use$$');
    await until(async () => (await shop.seller(1)).total === 0);
    await shop.seller(2);
    expect(shop.loads).toBe(loads + 1);
  });

  it('follows a row that moves from one value to another, to both', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await node.learn(() => shop.seller(2));
    const [one, two] = [await shop.seller(1), await shop.seller(2)];
    await run('update items set seller_id = 2 where seller_id = 1');
    await until(async () => (await shop.seller(1)).total === 0);
    await until(async () => (await shop.seller(2)).total === one.total + two.total);
  });

  it('follows a query without a usable condition by its whole table', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.report());
    const before = await shop.report();
    await run('insert into items values (1000, 1, 1000)');
    await until(async () => (await shop.report()) === before + 1);
    await run('truncate items');
    await until(async () => (await shop.report()) === 0);
  });

  it('gives the values of a batch the dependencies of its load', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.prices([1, 2]));
    await run('update items set price = 77 where id = 2');
    await until(async () => (await shop.prices([1, 2]))[1] === 77);
  });

  it('follows a value that is made of cached values alone', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.totals([1, 2]));
    expect(node.reasons).toEqual([]);
    const found = await node.cache.inspect(['totals', 1, 2]);
    expect([...(found?.dependencies ?? [])].sort()).toEqual(['the cached value seller:1', 'the cached value seller:2']);
    const part = await node.cache.inspect(['seller', 2]);
    expect(part?.dependencies).toContainEqual(
      expect.stringMatching(/^public\.items\.seller_id = 2, by: select coalesce/),
    );
    await run('update items set price = 0 where seller_id = 2');
    await until(async () => (await shop.totals([1, 2]))[1] === 0);
  });

  it('does not store a value if a row that it read has changed during its load', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.seller(3));
    const before = await shop.seller(3);
    await run('update items set price = price + 1 where seller_id = 3');
    await until(async () => (await shop.seller(3)).total > before.total);
    const { total } = await shop.seller(3);
    shop.beforeEnd = async () => {
      shop.beforeEnd = async () => {};
      await run('update items set price = price + 1 where seller_id = 3');
      // A value that rests on the same rows shows that the change is delivered.
      const { loads } = shop;
      await until(async () => (await shop.prices([2])) && shop.loads > loads);
    };
    await node.learn(() => shop.prices([2]));
    await run('update items set note = null where seller_id = 3; update sellers set name = $$x$$ where id = 3');
    await until(async () => (await shop.seller(3)).name === 'x');
    await until(async () => (await shop.seller(3)).total > total);
  });

  it('does not cache what is read from a table without triggers, names it once, and caches it once they are installed', async () => {
    const node = await soon();
    const { shop } = node;
    await until(async () => (await shop.note(1)) === 'first' && node.reasons.length > 0);
    expect(node.reasons[0]).toContain(
      'Shop.note cannot be cached by what it was read from: public.notes is not watched',
    );
    const { loads } = shop;
    await shop.note(1);
    expect(shop.loads).toBe(loads + 1);
    await installTriggers(url, [table('notes')]);
    await node.learn(() => shop.note(1));
    await run(`update notes set text = 'second'`);
    await until(async () => (await shop.note(1)) === 'second');
  });

  it('rule 20: stops caching a table whose trigger is switched off, and serves nothing older', async () => {
    const node = await soon();
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await run(`alter table items disable trigger user; update items set price = 9 where seller_id = 1;`);
    await until(async () => (await shop.seller(1)).total === 90);
    const { loads } = shop;
    await shop.seller(1);
    expect(shop.loads).toBe(loads + 1);
    expect(node.reasons.at(-1)).toMatch(/public\.items has triggers that do not always fire/);
  });

  it('rule 21: notices a trigger that was switched off and on again meanwhile', async () => {
    const node = await soon();
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await run('alter table items disable trigger user');
    await run('update items set price = 9 where seller_id = 1');
    await run('alter table items enable trigger user');
    const always = await run(`select 'alter table items enable always trigger ' || quote_ident(tgname) as sql
      from pg_trigger where tgrelid = 'items'::regclass and not tgisinternal`);
    for (const { sql } of always) await run(sql as string);
    await until(async () => (await shop.seller(1)).total === 90);
  });

  it('rule 21: follows a new definition of a view', async () => {
    await run('create view cheap as select * from items where price < 10');
    const node = await soon();
    const count = () =>
      node.cache.getOrLoad(
        ['cheap'],
        async () => {
          node.shop.loads++;
          return (await node.shop.pool.query('select count(*)::int as count from cheap')).rows[0].count as number;
        },
        { ttl: '1h', dependsOn: 'queries' },
      );
    await node.learn(count);
    expect(await count()).toBe(10);
    await run('create or replace view cheap as select * from items where price < 20');
    await until(async () => (await count()) === 20);
  });

  it('follows a table as a whole until its triggers write a column that queries use, which `install` adds', async () => {
    await removeTriggers(url, []);
    await installTriggers(url, [table('sellers', 'name'), table('items', 'note')]);
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await run('update items set price = 5 where seller_id = 1');
    await until(async () => (await shop.seller(1)).total === 50);
    await node.learn(() => shop.seller(2));
    await run('update items set price = 6 where seller_id = 1');
    await until(async () => (await shop.seller(1)).total === 60);
    const { loads } = shop;
    await shop.seller(2);
    expect(shop.loads).toBe(loads + 1);
    await installTriggers(url, []);
    const [watch] = await run(`select chosen from larder.watches where current and table_name = 'items'`);
    expect(watch?.chosen).toEqual(['note', 'seller_id']);
  });

  it('continues with what earlier processes have registered: the first load is stored', async () => {
    const first = await started();
    await first.learn(() => first.shop.seller(1));
    await first.stop();
    const node = await started({ clock: new QuickClock(0.1) });
    await node.shop.seller(1);
    await node.shop.seller(1);
    expect(node.shop.loads).toBe(1);
  });

  it('does not store what it loads after its connections were lost, until it has read again what is registered', async () => {
    const node = await started();
    const { shop } = node;
    await node.learn(() => shop.seller(1));
    await run(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await node.learn(() => shop.seller(2));
    await run('update items set price = 3 where seller_id in (1, 2)');
    for (const id of [1, 2]) await until(async () => (await shop.seller(id)).total === 30);
  });
});

describe('two nodes over Redis', () => {
  it('drop a value on both, whichever of them loaded it and reads the log', async () => {
    const [one, other] = [await started({ redis: redis.url }), await started({ redis: redis.url })];
    expect([one.status().state, other.status().state].sort()).toEqual(['reading', 'standing-by']);
    for (const node of [one, other]) await node.learn(() => node.shop.seller(1));
    await run('update items set price = 100 where seller_id = 1');
    for (const { shop } of [one, other]) await until(async () => (await shop.seller(1)).total === 1000);
  });

  it('share a value, and the other one serves it until a row changes', async () => {
    const [one, other] = [await started({ redis: redis.url }), await started({ redis: redis.url })];
    await one.learn(() => one.shop.seller(4));
    await until(async () => (await other.cache.inspect(['seller', 4]))?.verdict === 'hit');
    expect(await other.cache.inspect(['seller', 4])).toMatchObject({ tier: 'redis' });
    await other.shop.seller(4);
    expect(other.shop.loads).toBe(0);
    await run('update items set price = 11 where seller_id = 4');
    await until(async () => (await other.shop.seller(4)).total === 110);
  });

  it('share no value with a process whose change feed is switched off', async () => {
    const [one, other] = [await started({ redis: redis.url }), await started({ redis: redis.url })];
    process.env.LARDER_CHANGE_FEED = 'off';
    const off = await started({ redis: redis.url }).finally(() => delete process.env.LARDER_CHANGE_FEED);
    await one.learn(() => one.shop.seller(4));
    await until(async () => (await other.cache.has(['seller', 4])) === true);
    await off.shop.seller(4);
    expect(off.shop.loads).toBe(1);
  });

  it('miss no change when the one that reads the log ends', async () => {
    const [one, other] = [await started({ redis: redis.url }), await started({ redis: redis.url })];
    const [reader, rest] = one.status().state === 'reading' ? [one, other] : [other, one];
    await rest.learn(() => rest.shop.seller(1));
    await reader.stop();
    await run('update items set price = 7 where seller_id = 1');
    await until(async () => (await rest.shop.seller(1)).total === 70);
  });

  it('drop what rests on definitions that changed while no process ran', async () => {
    await run('create view cheap as select * from items where price < 10');
    const countOn = (node: ObservedShop) => () =>
      node.cache.getOrLoad(
        ['cheap'],
        async () => {
          node.shop.loads++;
          return (await node.shop.pool.query('select count(*)::int as count from cheap')).rows[0].count as number;
        },
        { ttl: '1h', dependsOn: 'queries' },
      );
    const first = await started({ redis: redis.url });
    await first.learn(countOn(first));
    await first.stop();
    await run('create or replace view cheap as select * from items where price < 20');
    const next = await started({ redis: redis.url });
    expect(await countOn(next)()).toBe(20);
  });
});
