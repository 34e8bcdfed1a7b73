import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache } from '../../../libs/larder/src/cache/cache.js';
import { Cacheable } from '../../../libs/larder/src/decorators/cacheable.js';
import { LarderModule } from '../../../libs/larder/src/larder.module.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const COUNT = 200;
/** TTL of the refreshed value, in seconds. */
const TTL = 8;
/** Milliseconds until its refresh is due, at 80 % of the TTL. */
const LATE = 0.8 * TTL * 1000;

let loads: string[] = [];

@Injectable()
class Board {
  @Cacheable({ key: (id: number) => ['board', id], ttl: '1h' })
  async score(id: number) {
    loads.push(`score ${id}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return `score ${id}`;
  }

  @Cacheable({ key: () => ['top'], ttl: `${TTL}s` })
  async top() {
    loads.push('top');
    return `top ${loads.length}`;
  }
}

let server: RedisServer;
let apps: INestApplicationContext[];

beforeEach(async () => {
  loads = [];
  server = await RedisServer.start();
  const options = { redis: server.url, redisTimeout: '5s', refreshInterval: '1s' } as const;
  const open = () =>
    NestFactory.createApplicationContext(
      { module: class {}, imports: [LarderModule.forRoot(options)], providers: [Board] },
      { logger: false },
    );
  apps = await Promise.all([open(), open()]);
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await server.stop();
});

it('two nodes that warm the same values at once load each value once', async () => {
  const lists = Array.from({ length: COUNT }, (_, id) => [id] as const);
  const reports = await Promise.all(apps.map((app) => app.get(Cache).warm(app.get(Board).score, lists)));
  expect(loads).toHaveLength(COUNT);
  expect(reports.reduce((sum, { loaded }) => sum + loaded, 0)).toBe(COUNT);
  expect(reports.map(({ failed }) => failed)).toEqual([[], []]);
  // What one node loaded, the other has in memory now or finds in Redis.
  for (const app of apps) {
    expect(await app.get(Cache).warm(app.get(Board).score, lists)).toMatchObject({ loaded: 0, fresh: COUNT });
  }
  expect(loads).toHaveLength(COUNT);
});

it('two nodes that use the same entry refresh it once', async () => {
  const boards = apps.map((app) => app.get(Board));
  const began = performance.now();
  const look = () => Promise.all(boards.map((board) => board.top()));
  expect(await look()).toEqual(['top 1', 'top 1']);
  const misses = () => apps.map((app) => app.get(Cache).stats().misses);
  const atStart = misses();
  await until(async () => (await look()).every((answer) => answer !== 'top 1'));
  // An expired value would be a miss.
  expect(misses()).toEqual(atStart);
  // A slow machine may have had time for a second refresh.
  expect(loads.length - 1).toBeLessThanOrEqual(Math.floor((performance.now() - began) / LATE));
});
