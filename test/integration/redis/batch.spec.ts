import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { CacheableBatch } from '../../../libs/larder/src/decorators/cacheable-batch.js';
import { LarderModule } from '../../../libs/larder/src/larder.module.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

@Injectable()
class Products {
  readonly asked: (readonly number[])[] = [];

  @CacheableBatch({ key: (id: number) => ['products', id] })
  async many(ids: readonly number[]): Promise<readonly (string | undefined)[]> {
    this.asked.push(ids);
    return ids.map((id) => `loaded ${id}`);
  }
}

let server: RedisServer;
let app: INestApplicationContext;
let other: Cache;

beforeEach(async () => {
  server = await RedisServer.start();
  const larder = LarderModule.forRoot({ redis: server.url, redisTimeout: '5s' });
  app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [larder], providers: [Products] },
    { logger: false },
  );
  other = await createCache({ redis: server.url, redisTimeout: '5s' });
  // On a slow machine, a node that has not read the journal yet does not share entries.
  await until(async () => {
    await other.set(['ready'], true);
    return app.get(Cache).has(['ready']);
  });
});

afterEach(async () => {
  await Promise.all([app.close(), other.close()]);
  await server.stop();
});

/** How often Redis ran a command that reads or writes entries. */
async function calls(command: 'mget' | 'get' | 'set'): Promise<number> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

it('100 ids of which 30 are cold: one read of Redis, one load of those 30, and for each of them a lease and a write', async () => {
  const ids = Array.from({ length: 100 }, (_, id) => id);
  const cold = ids.filter((id) => id % 10 < 3);
  const stored = ids.filter((id) => !cold.includes(id));
  await other.setMany(stored.map((id) => [['products', id], `stored ${id}`] as const));
  await until(() => (other.stats().shared?.stores ?? 0) > 70);
  const products = app.get(Products);
  // Once this process finds one of them, it has read the journal and need not ask it about these writes.
  const cache = app.get(Cache);
  await until(() => cache.has(['products', 99]));
  expect(products.asked).toEqual([]);
  const before = { mget: await calls('mget'), get: await calls('get'), set: await calls('set') };
  const answer = await products.many(ids);
  expect(products.asked).toEqual([cold]);
  expect(answer).toEqual(ids.map((id) => `${cold.includes(id) ? 'loaded' : 'stored'} ${id}`));
  await until(async () => (await calls('set')) - before.set >= 60);
  expect((await calls('mget')) - before.mget).toBe(1);
  expect((await calls('get')) - before.get).toBe(0);
  expect((await calls('set')) - before.set).toBe(60);
  await until(async () => (await other.get(['products', 0])) === 'loaded 0');
});
