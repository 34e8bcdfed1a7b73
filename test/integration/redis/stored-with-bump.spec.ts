import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { tag } from '../../../libs/larder/src/keys/target.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const OPTIONS = { ttl: '10m' } as const;
const STRONG = { ...OPTIONS, consistency: 'strong' } as const;
const ROUNDS = 100;

let server: RedisServer;
let side: Redis;
let one: Cache;
let other: Cache;

async function open(): Promise<Cache> {
  const cache = await createCache({ redis: server.url, redisTimeout: '20s' });
  // Redis knows the scripts from then on.
  await until(async () => (await cache.invalidate(['nothing'])).delivered);
  await cache.set(['nothing'], 0);
  return cache;
}

beforeEach(async () => {
  server = await RedisServer.start();
  side = new Redis(server.url);
  [one, other] = [await open(), await open()];
});
afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
  side.disconnect();
  await server.stop();
});

const read = (cache: Cache, id: string) => cache.getOrLoad(['items', id], () => 'loaded', STRONG);
const storesOf = (cache: Cache) => cache.stats().shared?.stores ?? 0;

it('another node serves what a set has stored', async () => {
  await one.set(['items', 'a'], 'new', { ...OPTIONS, tags: [tag('venue')] });
  expect(await read(other, 'a')).toBe('new');
  await one.setMany(
    ['b', 'c', 'd'].map((id) => [['items', id], id]),
    OPTIONS,
  );
  expect(await Promise.all(['b', 'c', 'd'].map((id) => read(other, id)))).toEqual(['b', 'c', 'd']);
  await other.invalidate(tag('venue'));
  expect(await read(other, 'a')).toBe('loaded');
});

it('Redis is asked to store no value that has expired before it is sent', async () => {
  const before = await side.info('errorstats');
  for (let round = 0; round < ROUNDS; round++) await one.set(['items', 'a'], round, { ttl: '1ms' });
  expect(await side.info('errorstats')).toBe(before);
});

it('a value that a later call of the same turn replaces is not stored', async () => {
  await Promise.all([one.set(['items', 'a'], 'first', OPTIONS), one.set(['items', 'a'], 'second', OPTIONS)]);
  await Promise.all([one.set(['items', 'b'], 'gone', OPTIONS), one.invalidate(['items', 'b'])]);
  await Promise.all([one.set(['rooms', 'c'], 'gone', OPTIONS), one.invalidate(['rooms'])]);
  for (const cache of [other, one]) {
    const room = cache.getOrLoad(['rooms', 'c'], () => 'loaded', STRONG);
    expect(await Promise.all([read(cache, 'a'), read(cache, 'b'), room])).toEqual(['second', 'loaded', 'loaded']);
  }
});

it('after two nodes set one key at the same time, none reads the value that lost', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all([
      one.set(['items', 'a'], `one ${round}`, OPTIONS),
      other.set(['items', 'a'], `other ${round}`, OPTIONS),
    ]);
    const values = new Set(await Promise.all([read(one, 'a'), read(other, 'a')]));
    // The store of the one that lost may have replaced the other's entry: then a node loads.
    values.delete('loaded');
    expect(values.size).toBeLessThanOrEqual(1);
  }
});

it('stores in a second step if the version was too far behind the time of Redis', async () => {
  server.pause();
  const setting = one.set(['items', 'a'], 'late', OPTIONS);
  await new Promise((resolve) => setTimeout(resolve, 250));
  server.resume();
  await setting;
  expect(await read(other, 'a')).toBe('late');
});

it('raises the version, and stores nothing, while the memory of Redis is full', async () => {
  await one.set(['items', 'a'], 'old', OPTIONS);
  expect(await read(other, 'a')).toBe('old');
  await side.config('SET', 'maxmemory', '1');
  const before = storesOf(one);
  await one.set(['items', 'a'], 'new', OPTIONS);
  expect(storesOf(one)).toBe(before);
  expect(await read(one, 'a')).toBe('new');
  expect(await read(other, 'a')).toBe('loaded');
});
