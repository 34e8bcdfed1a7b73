import { afterEach, expect, it } from '@jest/globals';
import { type Cache, createCache, LarderRedisError, type RedisAddress } from '../../../libs/larder/src/index.js';
import { RedisCluster } from '../../support/servers/redis-cluster.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function cacheOn(redis?: RedisAddress): Promise<Cache> {
  const cache = await createCache({ redis, redisTimeout: '2s' });
  cleanups.push(() => cache.close());
  return cache;
}

async function started<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  cleanups.push(() => server.stop());
  return server;
}

const fieldOf = async (server: RedisServer, name: string) =>
  new RegExp(`^${name}:(.*)\r$`, 'm').exec(String(await server.command('INFO')))?.[1];

it('there are no statistics of Redis without one', async () => {
  expect(await (await cacheOn()).redisStats()).toBeUndefined();
});

it('one server reports its version, memory and entries', async () => {
  const server = await started(RedisServer.start());
  const cache = await cacheOn(server.url);
  for (let key = 0; key < 20; key++) await server.command('SET', `other-${key}`, 'x'.repeat(100_000));
  await server.command('CONFIG', 'RESETSTAT');
  await Promise.all([server.command('GET', 'other-1'), server.command('GET', 'other-2')]);
  const stats = await cache.redisStats();
  expect(stats?.versions).toEqual([await fieldOf(server, 'redis_version')]);
  expect(stats?.keys).toBe(await server.command('DBSIZE'));
  expect(stats?.keys).toBeGreaterThanOrEqual(20);
  expect(stats?.memoryUsed).toBeGreaterThan(2_000_000);
  expect(stats?.memoryPeak).toBeGreaterThanOrEqual(stats?.memoryUsed as number);
  expect(stats?.clients).toBeGreaterThanOrEqual(2);
  expect(stats?.hitRate).toBeGreaterThan(0);
  expect(stats?.hitRate).toBeLessThanOrEqual(1);
});

it('a server that does not answer is an error within the timeout, and works when it answers again', async () => {
  const server = await started(RedisServer.start());
  const cache = await cacheOn(server.url);
  server.pause();
  const error: unknown = await cache.redisStats().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LarderRedisError);
  expect(error).toMatchObject({ reason: 'timeout' });
  server.resume();
  await until(async () => (await cache.redisStats().catch(() => undefined)) !== undefined);
});

it('a server that denies INFO is reported as such', async () => {
  const server = await started(RedisServer.start());
  await server.command('ACL', 'SETUSER', 'shy', 'on', '>secret-1', '~*', '&*', '+@all', '-dbsize');
  const cache = await cacheOn(`redis://shy:secret-1@127.0.0.1:${server.port}`);
  const error: unknown = await cache.redisStats().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'LARDER_REDIS', reason: 'refused' });
  expect(String(error)).not.toContain('secret-1');
});

it('a cluster reports the sum of its masters', async () => {
  const cluster = await started(RedisCluster.start());
  const cache = await cacheOn({ cluster: [...cluster.nodes] });
  await cache.setMany(Array.from({ length: 60 }, (_, id) => [['things', id], { id }] as const));
  const keys = ['a', 'b', 'c'];
  const masters = new Set(await Promise.all(keys.map((key) => cluster.masterOf(key))));
  expect(masters.size).toBe(3);
  const held = async () => {
    const sizes = await Promise.all([...masters].map((master) => master.command('DBSIZE')));
    return sizes.reduce((total: number, size) => total + Number(size), 0);
  };
  await until(async () => (await held()) >= 60);
  const peak = async () => {
    const peaks = await Promise.all([...masters].map((master) => fieldOf(master, 'used_memory_peak')));
    return peaks.reduce((total, bytes) => total + Number(bytes), 0);
  };
  // Peaks never fall.
  const before = await peak();
  const stats = await cache.redisStats();
  expect(stats?.keys).toBe(await held());
  expect(stats?.memoryPeak).toBeGreaterThanOrEqual(before);
  expect(stats?.memoryPeak).toBeLessThanOrEqual(await peak());
  expect(stats?.versions).toHaveLength(1);
}, 60_000);
