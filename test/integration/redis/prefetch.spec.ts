import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { Cacheable } from '../../../libs/larder/src/decorators/cacheable.js';
import { LarderModule } from '../../../libs/larder/src/larder.module.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

@Injectable()
class Feed {
  readonly loaded: number[] = [];

  @Cacheable({ key: (page: number) => ['feed', page], prefetch: (page: number) => [page + 1] })
  async page(page: number): Promise<string> {
    this.loaded.push(page);
    return `loaded ${page}`;
  }
}

let server: RedisServer;
let app: INestApplicationContext;
let other: Cache;

beforeEach(async () => {
  server = await RedisServer.start();
  const larder = LarderModule.forRoot({ redis: server.url, redisTimeout: '5s' });
  app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [larder], providers: [Feed] },
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

it('does not load what another process has stored, but copies it into memory', async () => {
  const feed = app.get(Feed);
  const cache = app.get(Cache);
  await other.set(['feed', 2], 'stored 2');
  await other.set(['known'], 'stored last');
  // Once this process finds it, it has read the journal about both.
  await until(() => cache.has(['known']));
  expect(cache.stats().entries).toBe(2);
  expect(await feed.page(1)).toBe('loaded 1');
  await until(() => cache.stats().entries === 4);
  expect(await feed.page(2)).toBe('stored 2');
  expect(cache.stats().methods['Feed.page']).toMatchObject({ hits: 1, misses: 1 });
  await until(() => feed.loaded.length === 2);
  expect(feed.loaded).toEqual([1, 3]);
});
