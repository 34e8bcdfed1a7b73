import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createClient, createCluster, createSentinel } from 'redis';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { type Cache, type LarderOptions, type RedisAddress } from '../../../libs/larder/src/index.js';
import { openJobBackend } from '../../../libs/larder/src/jobs/backends/open-backend.js';
import { databaseOf, endpointOf } from '../../../libs/larder/src/redis/address.js';
import { Subscriber } from '../../../libs/larder/src/redis/subscriber.js';
import { RedisCluster } from '../../support/servers/redis-cluster.js';
import { RedisSentinel } from '../../support/servers/redis-sentinel.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const caches: Cache[] = [];
let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  await server.command('FLUSHALL');
});
afterAll(() => server.stop());

async function cacheOn(redis: RedisAddress, options: LarderOptions = {}): Promise<Cache> {
  const cache = await createCache({ redis, redisTimeout: '1s', ...options });
  caches.push(cache);
  return cache;
}

/** Each node sees what the other one changed, and takes from Redis what the other one loaded. */
async function work(one: Cache, other: Cache): Promise<void> {
  const key = ['row', randomUUID()] as const;
  let row = { id: 1, bytes: Buffer.from([0, 255, 13, 10]) };
  const load = jest.fn(() => row);
  expect(await one.getOrLoad(key, load)).toEqual(row);
  await until(async () => (await other.inspect(key))?.tier === 'redis');
  expect(await other.getOrLoad(key, load)).toEqual(row);
  expect(load).toHaveBeenCalledTimes(1);
  row = { ...row, id: 2 };
  expect(await one.invalidate(key)).toEqual({ delivered: true });
  await until(async () => (await other.getOrLoad(key, load)).id === 2);
  expect(await other.health()).toMatchObject({ current: true, problem: undefined });
  expect(await other.redisStats()).toMatchObject({ versions: [expect.stringMatching(/^\d/)] });
}

describe('a cache through node-redis', () => {
  const url = () => `${server.url}?client=node-redis`;
  const client = (options: object = {}) => createClient({ url: server.url, ...options });

  it.each<[string, () => RedisAddress]>([
    ['a URL', url],
    ['a client', client],
    ['a client that would change replies', () => client({ RESP: 3, commandOptions: { typeMapping: { 36: String } } })],
    ['a client that would wait', () => client({ disableOfflineQueue: false, commandsQueueMaxLength: 1 })],
    ['a client beside one of ioredis', client],
  ])('works beside others: %s', async (name, address) => {
    const second = name.endsWith('ioredis') ? server.url : address();
    await work(await cacheOn(address()), await cacheOn(second));
  });

  it('uses the database, the user and the password, and names no password in its problem', async () => {
    await server.command('ACL', 'SETUSER', 'app', 'on', '>s3cret word', '~*', '&*', '+@all');
    await server.command('ACL', 'SETUSER', 'default', 'off');
    const at = (password: string) => `redis://app:${encodeURIComponent(password)}@127.0.0.1:${server.port}/3`;
    try {
      await work(await cacheOn(`${at('s3cret word')}?client=node-redis`), await cacheOn(at('s3cret word')));
      const given = createClient({ url: at('s3cret word') });
      await work(await cacheOn(given), await cacheOn(at('s3cret word')));
      expect(databaseOf(given)).toBe(3);
      expect(endpointOf(given)).toEqual({ hosts: ['127.0.0.1'], password: 's3cret word' });
      const refused = await cacheOn(`${at('wrong word')}?client=node-redis`, { redisTimeout: 100 });
      await until(async () => `${(await refused.health()).problem}`.includes('WRONGPASS'));
      const { problem } = await refused.health();
      expect(`${problem}`).toContain(`Redis at 127.0.0.1:${server.port} cannot be used (WRONGPASS`);
      expect(`${problem}`).not.toContain('wrong word');
    } finally {
      await server.restart();
    }
  });

  it('leaves the client of the application as it was', async () => {
    const mine = createClient({ url: server.url });
    await mine.connect();
    const cache = await cacheOn(mine);
    await cache.getOrLoad(['row'], () => 1);
    await cache.close();
    expect(await mine.ping()).toBe('PONG');
    expect(mine.listenerCount('error')).toBe(0);
    mine.destroy();
  });

  it('closes every connection, also while it connects', async () => {
    const clients = async () => (String(await server.command('CLIENT', 'LIST')).match(/^id=/gm) ?? []).length;
    const before = await clients();
    const cache = await cacheOn(url());
    expect(await clients()).toBeGreaterThan(before);
    const opening = [cacheOn(url()), cacheOn(client())];
    await Promise.all([cache, ...(await Promise.all(opening))].map((one) => one.close()));
    await until(async () => (await clients()) === before);
  });

  it('recovers from a server that was killed and started again', async () => {
    const [one, other] = [await cacheOn(url()), await cacheOn(url())];
    await one.getOrLoad(['row'], () => 1);
    await server.kill();
    expect(await one.invalidate(['row'])).toEqual({ delivered: false });
    expect(await one.getOrLoad(['row'], () => 2)).toBe(2);
    await until(async () => `${(await one.health()).problem}`.includes('ECONNREFUSED'));
    await server.restart();
    await until(async () => (await one.invalidate(['row'])).delivered);
    await until(async () => (await other.health()).current);
    await work(one, other);
  });

  it('waits for a hung server no longer than the timeout, and recovers', async () => {
    const cache = await cacheOn(url(), { redisTimeout: 300 });
    server.pause();
    let done = 0;
    const caller = async (index: number) => {
      for (let turn = 0; turn < 100; turn++) {
        await cache.getOrLoad(['row', index, turn], () => 'value');
        await cache.invalidate(['row', index, turn]);
        done++;
      }
    };
    await Promise.all(Array.from({ length: 5 }, (_, index) => caller(index)));
    expect(done).toBe(500);
    await until(async () => `${(await cache.health()).problem}`.includes('has not answered'));
    server.resume();
    await until(async () => (await cache.invalidate(['row'])).delivered);
  });

  it('leaves a server that became a replica', async () => {
    const master = await RedisServer.start();
    const cache = await cacheOn(url());
    await server.command('REPLICAOF', '127.0.0.1', `${master.port}`);
    try {
      await until(async () => !(await cache.invalidate(['row'])).delivered);
    } finally {
      await server.command('REPLICAOF', 'NO', 'ONE');
      await master.stop();
    }
    await until(async () => (await cache.invalidate(['row'])).delivered);
  });

  it.each<[string, () => RedisAddress, string]>([
    [
      'a client of Sentinels',
      () => createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }) as RedisAddress,
      'got a Sentinel, a pool or a version before 5 of node-redis',
    ],
    [
      'a pool',
      () => createClient({ url: server.url }).createPool() as unknown as RedisAddress,
      'got a Sentinel, a pool',
    ],
    ['a client with a keyPrefix', () => client({ keyPrefix: 'mine:' }), "node-redis's keyPrefix"],
    ['another library', () => 'redis://host?client=redis', 'got redis, expected ioredis or node-redis'],
  ])('is refused, by name: %s', async (_, address, message) => {
    const refusal = { code: 'LARDER_OPTIONS', message: expect.stringContaining(message) };
    await expect(createCache({ redis: address() })).rejects.toMatchObject(refusal);
  });

  it('leaves jobs with the same URL to ioredis', async () => {
    const options = { redis: url(), redisTimeout: 1000, keyPrefix: 'larder', clock: new SystemClock() };
    const backend = await openJobBackend(options, () => {});
    const queue = backend.queue as { count(): Promise<number>; close(): Promise<void> };
    expect(await queue.count()).toBe(0);
    await queue.close();
    backend.close();
  });

  it('is refused for jobs and sockets where it has only a client, by name', async () => {
    const refusal = {
      code: 'LARDER_OPTIONS',
      message: expect.stringContaining('Jobs and socket adapters need ioredis'),
    };
    const redis = client();
    const options = { redis, redisTimeout: 1000, keyPrefix: 'larder', clock: new SystemClock() };
    await expect(openJobBackend(options, () => {})).rejects.toMatchObject(refusal);
    await expect(Subscriber.open(redis, () => {})).rejects.toMatchObject(refusal);
  });
});

describe('a cache through node-redis on a cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start();
  }, 60_000);
  afterAll(() => cluster.stop());

  const url = () => `redis+cluster://${cluster.nodes.map(({ host, port }) => `${host}:${port}`)}?client=node-redis`;
  const client = () => createCluster({ rootNodes: cluster.nodes.map((socket) => ({ socket })), useReplicas: true });

  it('works beside others, and finds the replica that replaced a dead master', async () => {
    const [one, other] = [await cacheOn(url()), await cacheOn(client())];
    await work(one, other);
    await cluster.failOver('{larder}:table');
    await until(async () => (await one.invalidate(['row'])).delivered);
    await until(async () => (await other.health()).current);
    await work(one, other);
  });
});

describe('a cache through node-redis behind Sentinels', () => {
  let sentinel: RedisSentinel;

  beforeAll(async () => {
    sentinel = await RedisSentinel.start();
  }, 60_000);
  afterAll(() => sentinel.stop());

  const url = (name = sentinel.name) =>
    `redis+sentinel://${sentinel.sentinels.map(({ host, port }) => `${host}:${port}`)}/${name}?client=node-redis`;

  it('works beside others, and finds the replica that replaced a dead master', async () => {
    const others = url().replace('?client=node-redis', '');
    const [one, other] = [await cacheOn(url()), await cacheOn(others)];
    await work(one, other);
    await sentinel.failOver();
    await until(async () => (await one.invalidate(['row'])).delivered);
    await until(async () => (await one.health()).current && (await other.health()).current);
    await work(one, other);
  });

  it('says which name no Sentinel knows', async () => {
    const cache = await cacheOn(url('unknown'), { redisTimeout: 100 });
    await until(async () => `${(await cache.health()).problem}`.includes('no master has the name unknown'));
  });
});
