import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { Source } from '../../support/promises/source.js';
import { RedisSentinel } from '../../support/servers/redis-sentinel.js';
import type { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const KEY = ['k', '1'] as const;

describe('P3a failover', () => {
  let redis: RedisSentinel;
  const caches: Cache[] = [];

  beforeAll(async () => {
    redis = await RedisSentinel.start();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(caches.map((cache) => cache.close()));
    await redis.stop();
  });

  async function join(options = {}): Promise<Cache> {
    const watchers = redis.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
    const cache = await createCache({ redis: `redis+sentinel://${watchers}/${redis.name}`, ...options });
    caches.push(cache);
    return cache;
  }

  it('waitReplicas: an invalidation is not acknowledged before a replica has it', async () => {
    const careful = await join({ waitReplicas: 1 });
    await until(async () => (await careful.invalidate(['x'])).delivered);
    redis.replica.pause();
    expect(await careful.invalidate(['x'])).toEqual({ delivered: false });
    redis.replica.resume();
    await until(async () => (await careful.invalidate(['x'])).delivered);
  });

  it('a node that has seen an invalidation repeats it if Redis lost it', async () => {
    const source = new Source();
    const [writer, witness] = [await join(), await join()];
    await writer.getOrLoad(KEY, source.load);
    // The replica has the entry before it is cut off.
    const replication = () => redis.replica.command('INFO', 'replication').then(String, String);
    await until(async () => /master_link_status:up/.test(await replication()) && (await held(redis.replica)));
    redis.replica.pause();
    source.value = 'new';
    expect(await writer.invalidate(KEY)).toEqual({ delivered: true });
    await until(async () => (await witness.get(KEY)) === undefined);
    await redis.master.kill();
    await writer.close();
    redis.replica.resume();
    await until(async () => /role:master/.test(await replication()));
    await until(async () => (await witness.invalidate(['anything'])).delivered);
    const fresh = await join();
    const { value } = await fresh.getOrLoad(KEY, source.load);
    expect(value).toBe('new');
  }, 60_000);
});

async function held(server: RedisServer): Promise<boolean> {
  return (await server.command('EXISTS', 'larder:{k:1}')) === 1;
}
