import { afterEach, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cacheable, CacheableBatch } from '../../../libs/larder/src/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const applications = new NestApplications();
let server: RedisServer | undefined;
afterEach(async () => {
  await applications.close();
  await server?.stop();
});

@Injectable()
class Searches {
  loads = 0;

  @Cacheable({ key: (words: string) => ['searches', words], ttl: '5m', maxShared: 50 })
  async find(words: string) {
    this.loads++;
    return { words };
  }

  @CacheableBatch({ key: (word: string) => ['words', word], ttl: '5m', maxShared: 50 })
  async many(words: readonly string[]) {
    return words.map((word) => ({ word }));
  }

  @Cacheable({ key: (id: number) => ['others', id] })
  async other(id: number) {
    return { id };
  }
}

it('a method stores up to maxShared values in Redis, and keeps the others in memory', async () => {
  server = await RedisServer.start();
  const { app, cache } = await applications.start({ providers: [Searches] }, { larder: { redis: server.url } });
  await until(async () => (await cache.health()).current);
  const searches = app.get(Searches);
  const made = Array.from({ length: 500 }, (_, index) => `made up ${index}`);
  for (const words of made) await searches.find(words);
  await searches.many(made);
  for (let id = 0; id < 60; id++) await searches.other(id);
  const countOf = async (family: string) => {
    const keys = (await (server as RedisServer).command('KEYS', `larder:{${family}:*}`)) as string[];
    return keys.length;
  };
  await until(async () => (await countOf('others')) === 60);
  expect([await countOf('searches'), await countOf('words')]).toEqual([50, 50]);
  for (const words of made) await searches.find(words);
  expect(searches.loads).toBe(500);
});

it('a call outside decorated methods has no limit', async () => {
  const { cache } = await applications.start({});
  const asking = cache.getOrLoad(['a'], async () => 1, { maxShared: 5 });
  await expect(asking).rejects.toMatchObject({ code: 'LARDER_OPTIONS', message: expect.stringContaining('decorated') });
});
