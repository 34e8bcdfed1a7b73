import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** Far above what a busy machine takes by itself. */
const TIMEOUT = 600;
const CLIENTS = 10;
/** Calls per client: waiting for a timeout each, they would take minutes. */
const CALLS = 200;

let redis: RedisServer;
let cache: Cache;

beforeAll(async () => {
  redis = await RedisServer.start();
  cache = await createCache({ redis: redis.url, redisTimeout: TIMEOUT });
});
afterAll(async () => {
  await cache.close();
  await redis.stop();
});

it.each<[string, (cache: Cache, client: number, turn: number) => Promise<unknown>]>([
  ['reads', (cache, ...key) => cache.getOrLoad(['read', ...key], () => 'value')],
  ['invalidations', (cache, ...key) => cache.invalidate(['invalidated', ...key])],
  ['writes', (cache, ...key) => cache.writeThrough(['written', ...key], () => 'value')],
])(
  '%s wait for a Redis that hangs once, and then only those that find out whether it answers again',
  async (_, call) => {
    redis.pause();
    let done = 0;
    const client = async (index: number) => {
      for (let turn = 0; turn < CALLS; turn++) await call(cache, index, turn).then(() => done++);
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
    expect(done).toBe(CLIENTS * CALLS);
    redis.resume();
    // The cache uses Redis again without a restart.
    await until(async () => (await cache.invalidate(['again'])).delivered);
  },
);
