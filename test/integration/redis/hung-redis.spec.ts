import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { RedisServer } from '../../support/servers/redis-server.js';

/** Far above what a busy machine takes by itself. */
const DEADLINE = 600;
const CLIENTS = 10;
const HUNG = 4000;
/** While Redis hangs, one call in half a second and a deadline tries it again. */
const PROBES = Math.ceil(HUNG / (500 + DEADLINE));

let redis: RedisServer;
let cache: Cache;

beforeAll(async () => {
  redis = await RedisServer.start();
  cache = await createCache({ redis: redis.url, redisDeadline: DEADLINE });
});
afterAll(async () => {
  await cache.close();
  await redis.stop();
});

/** Calls one after the other until a moment; answers how many of them took as long as a deadline, besides the first. */
async function client(call: (turn: number) => Promise<unknown>, until: number): Promise<number> {
  let slow = 0;
  for (let turn = 0; performance.now() < until; turn++) {
    const begun = performance.now();
    await call(turn);
    if (turn > 0 && performance.now() - begun > DEADLINE * 0.8) slow++;
    await delay(5);
  }
  return slow;
}

it.each<[string, (cache: Cache, client: number, turn: number) => Promise<unknown>]>([
  ['reads', (cache, ...key) => cache.getOrLoad(['read', ...key], () => 'value')],
  ['invalidations', (cache, ...key) => cache.invalidate(['invalidated', ...key])],
  ['writes', (cache, ...key) => cache.writeThrough(['written', ...key], () => 'value')],
])(
  '%s wait for a Redis that hangs once, and then only those that find out whether it answers again',
  async (_, call) => {
    redis.pause();
    const until = performance.now() + HUNG;
    const clients = Array.from({ length: CLIENTS }, (_, index) => client((turn) => call(cache, index, turn), until));
    const slow = (await Promise.all(clients)).reduce((sum, count) => sum + count, 0);
    redis.resume();
    expect(slow).toBeLessThanOrEqual(PROBES);
    // It is used again, without a restart.
    while (!(await cache.invalidate(['again'])).delivered) await delay(10);
  },
);
