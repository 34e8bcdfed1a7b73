import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type LarderOptions, LarderOptionsError, writing } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import { Client } from 'pg';
import Cursor from 'pg-cursor';
import { ObservedShop, SHOP } from '../../support/dependencies/observed-shop.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/servers/tcp-proxy.js';

const table = (name: string, ...columns: string[]) => ({ table: { schema: 'public', name }, columns });
const WATCHED = [table('sellers', 'id'), table('items', 'id', 'seller_id')];
const WRITES = 25;

let server: PostgresServer;
let redis: RedisServer;
let url: string;
let keyPrefix: string;
let nodes: ObservedShop[];
let stalling: Client | undefined;

beforeAll(async () => {
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
}, 60_000);
afterAll(() => Promise.all([server.stop(), redis.stop()]));
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  keyPrefix = randomUUID();
  nodes = [];
  await server.query(SHOP, url);
  await installTriggers(url, WATCHED);
});
afterEach(async () => {
  await stalling?.end();
  stalling = undefined;
  for (const node of nodes) await node.stop();
});

async function started(options: LarderOptions = {}): Promise<ObservedShop> {
  // A commit that waits too long shows that nothing is delivered.
  const node = await ObservedShop.start(url, { keyPrefix, readYourWrites: '10s', ...options });
  nodes.push(node);
  return node;
}

/** The process that reads the log cannot: a lock holds it up. Writers do not need what it locks. */
async function stallReader(): Promise<void> {
  stalling = new Client({ connectionString: url });
  await stalling.connect();
  await stalling.query('begin');
  await stalling.query('lock table larder.state in access exclusive mode');
}

const SET = 'update items set price = $1 where seller_id = 1';
const SET_IN_FUNCTION = `create function set_price(given int) returns int language sql as
  'update items set price = given where seller_id = 1 returning id'`;

/** Ways to write a price. */
const WAYS: Readonly<Record<string, (node: ObservedShop, price: number) => Promise<unknown>>> = {
  'a statement': ({ shop }, price) => shop.pool.query(SET, [price]),
  'a named statement': ({ shop }, price) => shop.pool.query({ name: 'set', text: SET, values: [price] }),
  'a statement with a callback': ({ shop }, price) =>
    new Promise<void>((resolve, reject) =>
      shop.pool.query(SET, [price], (error) => (error ? reject(error) : resolve())),
    ),
  'a transaction': ({ shop }, price) => inTransaction(shop.pool, (client) => client.query(SET, [price])),
  'a text with several statements': ({ shop }, price) =>
    shop.pool.query(`begin; update items set price = ${price} where seller_id = 1; commit; select 1`),
  'a function': ({ shop }, price) => shop.pool.query('select set_price($1)', [price]),
  'a query with a part that writes': ({ shop }, price) =>
    shop.pool.query(
      'with changed as (update items set price = $1 where seller_id = 1 returning id) select id from changed',
      [price],
    ),
  'a cursor': async ({ shop }, price) => {
    const client = await shop.pool.connect();
    const cursor = client.query(new Cursor(`${SET} returning id`, [price]));
    await cursor.read(100);
    await cursor.close();
    client.release();
  },
  'an invalidation that is deferred': (node, price) =>
    node.cache.deferInvalidations(() => node.shop.pool.query(SET, [price])),
  'a batch of writes': ({ shop }, price) =>
    writing(async () => {
      await shop.pool.query(SET, [0]);
      await shop.pool.query(SET, [price]);
    }),
};

async function inTransaction(pool: ObservedShop['shop']['pool'], work: (client: Client) => Promise<unknown>) {
  const client = (await pool.connect()) as unknown as Client & { release(): void };
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** Writes, and reads at once, again and again. */
async function writeAndRead(node: ObservedShop, write: (price: number) => Promise<unknown>): Promise<void> {
  await node.learn(() => node.shop.seller(1));
  for (let price = 1; price <= WRITES; price++) {
    await write(price);
    expect((await node.shop.seller(1)).total).toBe(price * 10);
  }
}

describe('no value is older than a write of the same process that has returned', () => {
  it.each(Object.keys(WAYS))('by %s', async (name) => {
    await server.query(SET_IN_FUNCTION, url);
    const node = await started();
    await writeAndRead(node, (price) => (WAYS[name] as (typeof WAYS)[string])(node, price));
    expect(node.events.filter(({ type }) => type === 'invalidation-pending')).toEqual([]);
  });

  it('and of no method that reads another part', async () => {
    const node = await started();
    await node.learn(() => node.shop.seller(2));
    const { loads } = node.shop;
    await node.shop.pool.query(SET, [5]);
    await node.shop.seller(2);
    expect(node.shop.loads).toBe(loads);
  });

  it('if it shares a load that began before, of a query that is not registered yet', async () => {
    const { shop } = await started();
    let hasRead = () => {};
    let end = () => {};
    const read = new Promise<void>((resolve) => (hasRead = resolve));
    shop.beforeEnd = () => {
      hasRead();
      return new Promise((resolve) => (end = resolve));
    };
    const first = shop.seller(1);
    await read;
    shop.beforeEnd = async () => {};
    await shop.pool.query(SET, [4]);
    const second = shop.seller(1);
    end();
    await first;
    expect((await second).total).toBe(40);
  });

  it('also where another process reads the log, and on no node that asks Redis', async () => {
    const fleet = [
      await started({ redis: redis.url }),
      await started({ redis: redis.url }),
      await started({ redis: redis.url }),
    ];
    expect(fleet.map((node) => node.status().state).sort()).toEqual(['reading', 'standing-by', 'standing-by']);
    for (const node of fleet) {
      await writeAndRead(node, async (price) => {
        await node.shop.pool.query(SET, [price]);
        for (const other of fleet) expect((await other.shop.confirmedSeller(1)).total).toBe(price * 10);
      });
    }
  });

  it('also if what the other process tells by Redis arrives late', async () => {
    await started({ redis: redis.url });
    const proxy = await TcpProxy.to(redis.port);
    const node = await started({ redis: proxy.url, maxStaleness: '1m' });
    expect(node.status().state).toBe('standing-by');
    await node.learn(() => node.shop.seller(1));
    proxy.delay(50);
    for (const price of [1, 2, 3]) {
      await node.shop.pool.query(SET, [price]);
      expect((await node.shop.seller(1)).total).toBe(price * 10);
    }
    await proxy.close();
  });

  it('if the process that reads the log is held up: then everything is invalidated in time', async () => {
    const fleet = [
      await started({ redis: redis.url, readYourWrites: '100ms' }),
      await started({ redis: redis.url, readYourWrites: '100ms' }),
    ];
    for (const node of fleet) {
      await node.learn(() => node.shop.seller(1));
      await node.learn(() => node.shop.confirmedSeller(1));
    }
    await stallReader();
    for (const [price, node] of fleet.entries()) {
      await node.shop.pool.query(SET, [price + 1]);
      expect((await node.shop.seller(1)).total).toBe((price + 1) * 10);
      for (const other of fleet) expect((await other.shop.confirmedSeller(1)).total).toBe((price + 1) * 10);
    }
  });

  it('if Redis is away', async () => {
    const own = await RedisServer.start();
    const node = await started({ redis: own.url, readYourWrites: '100ms', redisTimeout: '200ms' });
    await node.learn(() => node.shop.seller(1));
    await own.stop();
    await node.shop.pool.query(SET, [7]);
    expect((await node.shop.seller(1)).total).toBe(70);
  });

  it('if the connection is lost before the result of the commit', async () => {
    const node = await started();
    await node.learn(() => node.shop.seller(1));
    // The server commits, and then ends the session before it has answered.
    const lost = node.shop.pool.query(
      `begin; ${SET.replace('$1', '9')}; commit; select pg_terminate_backend(pg_backend_pid())`,
    );
    await expect(lost).rejects.toThrow();
    expect((await node.shop.seller(1)).total).toBe(90);
  });
});

describe('writing', () => {
  it('waits once, at the end', async () => {
    const node = await started({ readYourWrites: '100ms' });
    await node.learn(() => node.shop.seller(1));
    await stallReader();
    let value = node.shop.seller(1);
    await writing(async () => {
      for (let price = 1; price <= 50; price++) await node.shop.pool.query(SET, [price]);
      value = node.shop.seller(1);
    });
    expect((await value).total).toBe(500);
    expect((await node.shop.seller(1)).total).toBe(500);
  });

  it('serves no older value inside the work either, of one key or of several', async () => {
    const node = await started();
    const { shop, cache } = node;
    await node.learn(() => shop.seller(1));
    await node.learn(() => shop.prices([1, 6]));
    await writing(async () => {
      for (let price = 1; price <= WRITES; price++) {
        await shop.pool.query('update items set price = $1', [price]);
        if (price % 3 === 0) expect(cache.getFromMemory(['seller', 1])).toBeUndefined();
        if (price % 3 === 1) expect((await shop.seller(1)).total).toBe(price * 10);
        else expect(await shop.prices([1, 6])).toEqual([price, price]);
      }
    });
  });

  it('waits after work that fails, and throws its error', async () => {
    const node = await started();
    await node.learn(() => node.shop.seller(1));
    const work = async () => {
      await node.shop.pool.query(SET, [3]);
      throw new Error('too late');
    };
    await expect(writing(work)).rejects.toThrow('too late');
    expect((await node.shop.seller(1)).total).toBe(30);
  });

  it('refuses what is no function', async () => {
    await expect(writing('work' as never)).rejects.toThrow(LarderOptionsError);
  });
});

it('waits for nothing with readYourWrites: false', async () => {
  const node = await started({ readYourWrites: false });
  await node.learn(() => node.shop.seller(1));
  const { total } = await node.shop.seller(1);
  await stallReader();
  await node.shop.pool.query(SET, [77]);
  expect((await node.shop.seller(1)).total).toBe(total);
});

it('does not hold back what writes nothing', async () => {
  const node = await started();
  await node.learn(() => node.shop.seller(1));
  await stallReader();
  const { pool } = node.shop;
  await pool.query('select count(*) from items where price > 3');
  await pool.query('with cheap (id) as (select id from items) select id from cheap');
  await inTransaction(pool, (client) => client.query('select 1'));
  const client = await pool.connect();
  await client.query('begin');
  await client.query('update items set price = 1000');
  await client.query('rollback');
  client.release();
});
