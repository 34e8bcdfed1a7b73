import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { CacheInvalidate } from '../../../libs/larder/src/decorators/cache-invalidate.js';
import { Cacheable } from '../../../libs/larder/src/decorators/cacheable.js';
import { LarderModule } from '../../../libs/larder/src/larder.module.js';
import { type Deferred, defer } from '../../support/defer.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

@Injectable()
class Shop {
  name = 'old';
  committed: Deferred<void> = defer();
  end: Promise<void> = Promise.resolve();

  @Cacheable({ key: (id: string) => ['items', id] })
  async item(_id: string): Promise<{ name: string }> {
    return { name: this.name };
  }

  @CacheInvalidate({ targets: (id: string) => [['items', id]] })
  async rename(_id: string, name: string): Promise<void> {
    this.name = name;
    this.committed.resolve();
    await this.end;
  }
}

let server: RedisServer;
let app: INestApplicationContext;
let other: Cache;
let shop: Shop;

beforeEach(async () => {
  server = await RedisServer.start();
  const larder = LarderModule.forRoot({ redis: server.url, writeIntentTtl: 300 });
  app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [larder], providers: [Shop] },
    { logger: false },
  );
  other = await createCache({ redis: server.url });
  shop = app.get(Shop);
});

afterEach(async () => {
  await Promise.all([app.close(), other.close()]);
  await server.stop();
});

describe('a decorated method over Redis', () => {
  it('shares its result, and invalidates it everywhere', async () => {
    await shop.item('1');
    await until(async () => (await other.get(['items', '1'])) !== undefined);
    expect(await other.get(['items', '1'])).toEqual({ name: 'old' });
    await shop.rename('1', 'new');
    expect(await other.getOrLoad(['items', '1'], () => 'none', { consistency: 'strong' })).toBe('none');
  });

  it('P6 crash: a write that never ends is invalidated, as far as its parameters name targets', async () => {
    await shop.item('1');
    await until(async () => (await other.get(['items', '1'])) !== undefined);
    shop.end = new Promise(() => {});
    void shop.rename('1', 'new');
    await shop.committed.promise;
    await until(async () => (await other.get(['items', '1'])) === undefined);
  });

  it('P7 transactions: an invalidation is held until the surrounding work succeeds', async () => {
    await shop.item('1');
    const cache = app.get(Cache);
    await cache.deferInvalidations(async () => {
      await shop.rename('1', 'new');
      expect(await shop.item('1')).toEqual({ name: 'old' });
    });
    expect(await shop.item('1')).toEqual({ name: 'new' });
    const failing = cache.deferInvalidations(async () => {
      await shop.rename('1', 'never');
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await shop.item('1')).toEqual({ name: 'new' });
  });
});
