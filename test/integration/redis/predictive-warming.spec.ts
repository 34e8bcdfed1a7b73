import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache } from '../../../libs/larder/src/cache/cache.js';
import { Cacheable } from '../../../libs/larder/src/decorators/cacheable.js';
import { LarderModule } from '../../../libs/larder/src/larder.module.js';
import { openRedis } from '../../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../../libs/larder/src/redis/redis-client.js';
import { RedisProfileStore } from '../../../libs/larder/src/redis-cache/fleet/redis-profile-store.js';
import { Demand } from '../../../libs/larder/src/warming/demand.js';
import { decodeProfile, encodeProfile } from '../../../libs/larder/src/warming/profile/profile-format.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const KEYS = 200;
const MINUTE = 60_000;

let loads: string[] = [];

@Injectable()
class Board {
  @Cacheable({ key: (id: number) => ['board', id], ttl: '1h' })
  async score(id: number) {
    loads.push(`score ${id}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return `score ${id}`;
  }
}

let server: RedisServer;
let redis: RedisClient;
let store: RedisProfileStore;
let apps: INestApplicationContext[] = [];

beforeEach(async () => {
  loads = [];
  server = await RedisServer.start();
  redis = new RedisClient(await openRedis(server.url, 1000), 5000);
  await until(() => redis.status === 'ready');
  store = new RedisProfileStore(redis, 'larder');
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  redis.close();
  await server.stop();
});

async function open(): Promise<INestApplicationContext> {
  const options = { redis: server.url, redisTimeout: '5s', predictiveWarming: 1000 } as const;
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [LarderModule.forRoot(options)], providers: [Board] },
    { logger: false },
  );
  apps.push(app);
  return app;
}

const statsOf = (app: INestApplicationContext) => app.get(Cache).stats().predictiveWarming;

/** What processes would have learned in the last two hours. */
async function storeDemand(): Promise<void> {
  const now = Date.now();
  const demand = new Demand(now - 120 * MINUTE);
  for (let minute = 120; minute > 0; minute--) {
    demand.passTo(now - minute * MINUTE);
    for (let id = 0; id < KEYS; id++) demand.ask('Board.score', `board:${id}`, JSON.stringify([id]), demand.at);
  }
  const group = demand.group('Board.score');
  if (group !== undefined) group.life = 60 * MINUTE;
  Object.assign(demand.counts, { loads: 100_000, used: 1000 });
  expect(await store.write(await encodeProfile(demand), undefined)).toBe(true);
}

it('new processes load what the former ones learned, each key in one of them', async () => {
  await storeDemand();
  const two = await Promise.all([open(), open()]);
  await until(() => loads.length >= KEYS);
  await until(() => two.reduce((sum, app) => sum + (statsOf(app)?.loads ?? 0), 0) === KEYS);
  expect(new Set(loads).size).toBe(KEYS);
  expect(loads).toHaveLength(KEYS);
  const third = await open();
  // What was loaded is found in Redis.
  await until(() => third.get(Cache).stats().entries === KEYS);
  expect(statsOf(third)).toMatchObject({ keys: KEYS, loads: 0 });
  expect(loads).toHaveLength(KEYS);
});

it('a process that stops keeps what it learned in Redis', async () => {
  const app = await open();
  await until(async () => (await store.read()) !== undefined);
  for (let id = 0; id < 3; id++) await app.get(Board).score(id);
  await app.close();
  const stored = await store.read();
  const demand = await decodeProfile((stored as NonNullable<typeof stored>).bytes);
  const keys = demand?.groups.get('Board.score')?.keys;
  expect([...(keys ?? [])].map(([id, { given, total }]) => [id, given, total])).toEqual([
    ['board:0', '[0]', 1],
    ['board:1', '[1]', 1],
    ['board:2', '[2]', 1],
  ]);
});

it('of two processes that write at once, one has to read again', async () => {
  const bytes = await encodeProfile(new Demand(Date.now()));
  expect(await store.write(bytes, undefined)).toBe(true);
  const { revision } = (await store.read()) as { revision: string };
  const results = await Promise.all([store.write(bytes, revision), store.write(bytes, revision)]);
  expect(results.sort()).toEqual([false, true]);
});

it('a process stops while Redis is away', async () => {
  const app = await open();
  await until(async () => (await store.read()) !== undefined);
  await app.get(Board).score(1);
  await server.stop();
  await expect(app.close()).resolves.toBeUndefined();
  apps = [];
});
