import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Cache, createCache, LarderClearError } from 'nest-larder';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let one: Cache;
let other: Cache;

beforeEach(async () => {
  server = await RedisServer.start();
  one = await createCache({ redis: server.url, redisTimeout: '2s' });
  other = await createCache({ redis: server.url, redisTimeout: '2s' });
});
afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
  await server.stop();
});

const KEY = ['tournaments', 7] as const;
const options = { ttl: '1m', tags: ['venue:1'] } as const;

it('a node explains an entry that is in Redis but not in its memory', async () => {
  await one.set(KEY, { name: 'Open' }, options);
  const found = await other.inspect(KEY);
  expect(found).toMatchObject({ tier: 'redis', id: 'tournaments:7', tags: ['venue:1'], hits: 0, verdict: 'hit' });
  expect(found?.ttl).toBeGreaterThan(50_000);
  expect(found?.age).toBeLessThan(10_000);
  expect(other.stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });

  await one.invalidate(['tournaments']);
  await until(async () => (await other.inspect(KEY))?.verdict === 'invalidated');
  expect((await other.inspect(KEY))?.reason).toBe('Invalidated since its load began: key tournaments.');
});

it('a clear token from one node clears the cache on another, for all nodes, once', async () => {
  for (const cache of [one, other]) await cache.getOrLoad(KEY, async () => 'old', options);
  const { token } = await one.requestClear();
  await other.clear(token);
  expect(await other.has(KEY)).toBe(false);
  await until(async () => !(await one.has(KEY)));
  await expect(one.clear(token)).rejects.toThrow(LarderClearError);
  expect((await one.inspect(KEY))?.reason).toBe('Invalidated since its load began: everything.');
});
