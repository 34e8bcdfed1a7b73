import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { LarderOptions } from '../../../libs/larder/src/config/options.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { type Cache, connectToRedis, Job, type RedisAddress } from '../../../libs/larder/src/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

@Injectable()
class Ticking {
  runs = 0;

  @Job({ name: 'tick', every: '100ms' })
  tick(): void {
    this.runs++;
  }
}

describe('a client that the application created, or options for one', () => {
  const apps = new NestApplications();
  const caches: Cache[] = [];
  const clients: Redis[] = [];
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await apps.close();
    await Promise.all(caches.splice(0).map((cache) => cache.close()));
    for (const client of clients.splice(0)) client.disconnect();
    await server.command('FLUSHALL');
  });
  afterAll(() => server.stop());

  function client(options: RedisOptions = {}): Redis {
    const made = new Redis(server.port, options);
    clients.push(made);
    return made;
  }

  async function cacheOn(redis: RedisAddress, options: LarderOptions = {}): Promise<Cache> {
    const cache = await createCache({ redis, redisTimeout: '1s', ...options });
    caches.push(cache);
    return cache;
  }

  const OPTIONS: readonly (readonly [string, RedisOptions])[] = [
    ['lazyConnect', { lazyConnect: true }],
    ['maxRetriesPerRequest and no offline queue', { maxRetriesPerRequest: 1, enableOfflineQueue: false }],
    ['commandTimeout', { commandTimeout: 50 }],
    ['stringNumbers', { stringNumbers: true }],
    ['protocol 2', { protocol: 2 }],
    ['a strategy that gives up at once', { retryStrategy: () => null }],
  ];

  it.each([
    ...OPTIONS.map(([name, options]) => [`a client with ${name}`, () => client(options)] as const),
    ...OPTIONS.map(([name, options]) => [`options with ${name}`, () => ({ port: server.port, ...options })] as const),
  ])('invalidates on other nodes: %s', async (_, address) => {
    const [one, other] = [await cacheOn(address() as RedisAddress), await cacheOn(address() as RedisAddress)];
    let row = 1;
    await one.getOrLoad(['row'], () => row);
    await other.getOrLoad(['row'], () => row);
    row = 2;
    expect(await one.invalidate(['row'])).toEqual({ delivered: true });
    await until(async () => (await other.getOrLoad(['row'], () => row)) === 2);
    expect(await other.health()).toMatchObject({ current: true, problem: undefined });
  });

  it.each<[string, (server: RedisServer) => RedisAddress]>([
    ['a strategy that gives up', ({ port }) => ({ port, retryStrategy: () => null })],
    ['a client whose strategy gives up', () => client({ retryStrategy: () => null })],
  ])('connects again although it has %s', async (_, address) => {
    const cache = await cacheOn(address(server));
    await server.restart();
    await until(async () => (await cache.invalidate(['row'])).delivered);
  });

  it.each<[string, RedisOptions]>([
    ['default', {}],
    ['maxRetriesPerRequest: null', { maxRetriesPerRequest: null }],
    ['lazyConnect', { lazyConnect: true }],
  ])('runs jobs: %s', async (_, options) => {
    const { app } = await apps.start({ providers: [Ticking] }, { larder: { redis: client(options) } });
    await until(() => app.get(Ticking).runs > 1);
  });

  it('stays open and unchanged when the cache is closed', async () => {
    const mine = client();
    const cache = await cacheOn(mine);
    await cache.close();
    expect(await mine.ping()).toBe('PONG');
    expect(mine.listenerCount('error')).toBe(0);
  });

  it.each<[string, () => RedisAddress]>([
    ['options', () => ({ port: server.port, keyPrefix: 'mine:' })],
    ['a client', () => client({ keyPrefix: 'mine:' })],
    ['options of a cluster', () => ({ cluster: [{ port: server.port }], options: { keyPrefix: 'mine:' } })],
    [
      'options of the nodes of a cluster',
      () => ({ cluster: [{ port: server.port }], options: { redisOptions: { keyPrefix: 'mine:' } as object } }),
    ],
  ])('is refused with a keyPrefix, by name: %s', async (_, address) => {
    const refusal = { code: 'LARDER_OPTIONS', message: expect.stringContaining("ioredis's keyPrefix") };
    await expect(createCache({ redis: address() })).rejects.toMatchObject(refusal);
    await expect(connectToRedis([], { redis: address() })).rejects.toMatchObject(refusal);
  });

  it('a client of a cluster with a keyPrefix is refused', async () => {
    const cluster = new Cluster([{ port: server.port }], { keyPrefix: 'mine:', lazyConnect: true });
    await expect(createCache({ redis: cluster })).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
    cluster.disconnect();
  });
});
