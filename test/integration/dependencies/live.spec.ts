import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LarderOptions } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import { LiveClient } from 'nest-larder/client';
import { defer } from '../../support/defer.js';
import { LiveShop } from '../../support/dependencies/live-shop.js';
import { SHOP } from '../../support/dependencies/observed-shop.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const table = (name: string, ...columns: string[]) => ({ table: { schema: 'public', name }, columns });

let server: PostgresServer;
let redis: RedisServer;
let url: string;
let keyPrefix: string;
let nodes: LiveShop[];

beforeAll(async () => {
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
}, 60_000);
afterAll(() => Promise.all([server.stop(), redis.stop()]));
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  keyPrefix = randomUUID();
  nodes = [];
  await run(SHOP);
  await installTriggers(url, [table('sellers', 'id'), table('items', 'id', 'seller_id')]);
});
afterEach(async () => {
  for (const node of nodes) await node.stop();
});

/** Another program: it knows nothing of the cache. */
const run = (sql: string) => server.query(sql, url);

async function started(options: LarderOptions = {}): Promise<LiveShop> {
  const node = await LiveShop.start(url, { keyPrefix, ...options });
  nodes.push(node);
  return node;
}

/** Waits until a value is stored: its queries are registered then. */
async function learn(node: LiveShop, name: string, path: string): Promise<void> {
  await until(async () => {
    await node.read(path);
    const before = node.loads[name];
    await node.read(path);
    return node.loads[name] === before;
  });
}

/** The values that a client of the library gets. */
async function follow(node: LiveShop, query: string, ...args: unknown[]) {
  const socket = await node.connect();
  const values: unknown[] = [];
  const problems: string[] = [];
  new LiveClient(socket.socket).values(
    query,
    args,
    (value) => values.push(value),
    ({ code }) => problems.push(code),
  );
  await until(() => values.length + problems.length > 0);
  return { socket, values, problems };
}

describe('a live query of a method with `dependsOn`', () => {
  it('follows plain SQL of another program on each of two nodes, and sends the difference alone', async () => {
    const both = [await started({ redis: redis.url }), await started({ redis: redis.url })];
    for (const node of both) await learn(node, 'sold', 'sellers/1/items');
    const clients = await Promise.all(both.map((node) => follow(node, 'Shop.sold', 1)));
    await run('update items set price = 777 where id = 5');
    for (const { socket, values } of clients) {
      await until(() => values.length > 1);
      expect(values.at(-1)).toContainEqual({ id: 5, price: 777, note: null });
      expect(values.at(-1)).toHaveLength(10);
      const patch = [{ op: 'replace', path: '/1/price', value: 777 }];
      expect(socket.told).toEqual([{ event: 'patch', id: '1', seq: 2, patch }]);
    }
  });

  it('sends nothing for changes of other rows', async () => {
    const node = await started();
    await learn(node, 'sold', 'sellers/1/items');
    const [one, two] = [await follow(node, 'Shop.sold', 1), await follow(node, 'Shop.sold', 2)];
    const loads = node.loads.sold;
    await run('update items set price = 1 where id = 6; update sellers set name = $$x$$');
    await until(() => two.values.length === 2);
    expect([one.socket.told, node.loads.sold]).toEqual([[], (loads ?? 0) + 1]);
  });

  it('follows what the reloaded value depends on, in each mode', async () => {
    const node = await started();
    await learn(node, 'item', 'items/5');
    const { values } = await follow(node, 'Shop.item', 5);
    const old = await node.connect();
    await old.subscribe({ id: 'v', query: 'Shop.item', args: [5], mode: 'value' });
    await old.subscribe({ id: 'i', query: 'Shop.item', args: [5] });
    await run('update items set seller_id = 3 where id = 5');
    await until(() => values.length === 2);
    await old.untilTold('invalidated');
    await run(`update sellers set name = 'renamed' where id = 3`);
    await until(() => values.length === 3);
    expect(values.at(-1)).toMatchObject({ seller_id: 3, seller: 'renamed' });
    expect((await old.untilTold('value', 2)).value).toEqual(values.at(-1));
    await old.untilTold('invalidated', 2);
  });

  it('loses no change between the load and the moment from which it is followed', async () => {
    const node = await started();
    await learn(node, 'sold', 'sellers/1/items');
    await learn(node, 'item', 'items/6');
    const [read, changed] = [defer<void>(), defer<void>()];
    node.beforeEnd = async () => {
      node.beforeEnd = async () => {};
      read.resolve();
      await changed.promise;
    };
    const following = follow(node, 'Shop.sold', 2);
    await read.promise;
    await run('update items set price = 3 where id = 6');
    // Another value that depends on the row shows that the change is delivered.
    await until(async () => ((await node.read('items/6')) as { price: number }).price === 3);
    changed.resolve();
    const { values } = await following;
    await until(() => values.length === 2);
    expect(values).toEqual([6, 3].map((price) => expect.arrayContaining([{ id: 6, price, note: null }])));
  });

  it('loads a new query again until it can be followed', async () => {
    const node = await started();
    const { values, socket } = await follow(node, 'Shop.sold', 1);
    await until(() => (node.loads.sold ?? 0) >= 2);
    await learn(node, 'sold', 'sellers/1/items');
    // The repeated load gave the same value.
    expect(socket.told).toEqual([]);
    await run('update items set price = 55 where id = 5');
    await until(() => values.length === 2);
  });

  it('loads a value that cannot be stored again and again, with growing pauses, and sends what differs', async () => {
    const node = await started();
    const { values } = await follow(node, 'Shop.note', 1);
    const silent = await node.connect();
    await silent.subscribe({ id: 'i', query: 'Shop.note', args: [1] });
    await run(`update notes set text = 'second'`);
    await until(() => values.length === 2);
    expect(values).toEqual([{ text: 'first' }, { text: 'second' }]);
    await silent.untilTold('invalidated');
  });

  it('says once that a load fails, and follows the value again when it does not', async () => {
    const node = await started();
    await learn(node, 'sold', 'sellers/4/items');
    const { values, problems } = await follow(node, 'Shop.sold', 4);
    await run('delete from items where seller_id = 4');
    await until(() => problems.length === 1);
    const loads = node.loads.sold ?? 0;
    await until(() => (node.loads.sold ?? 0) > loads + 1);
    await run('insert into items values (500, 4, 5)');
    await until(() => values.length === 2);
    expect([values.at(-1), problems]).toEqual([[{ id: 500, price: 5, note: null }], ['failed']]);
  });
});
