import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { Loader, RedisCache } from 'layered-loader';
import type { Page, Payload } from './payloads.js';
import { noHit, type Subject } from './subject.js';

// Without their memory caches, so that every read goes to Redis.

export async function layeredLoader(url: string, { size, ids, valueUnder }: Payload): Promise<Subject> {
  const config = { prefix: `layered-${size}`, json: true, ttlInMsecs: 3_600_000 };
  const client: unknown = new Redis(url);
  // Its types come from another version of ioredis.
  const asyncCache = new RedisCache<Page>(client as ConstructorParameters<typeof RedisCache>[0], config);
  const loader = new Loader<Page>({
    asyncCache,
    dataSourceGetOneFn: noHit,
    dataSourceGetManyFn: noHit,
    cacheKeyFromValueResolver: ({ id }) => `tournaments:${id}`,
  });
  for (const id of ids) await asyncCache.set(`tournaments:${id}`, valueUnder(id));
  return {
    name: 'layered-loader get',
    read: (id) => loader.get(`tournaments:${id}`),
    readMany: (batch) => loader.getMany(batch.map((id) => `tournaments:${id}`)),
  };
}

export async function bentocache(url: string, { size, ids, valueUnder }: Payload): Promise<Subject> {
  const store = bentostore().useL2Layer(redisDriver({ connection: new Redis(url) }));
  const cache = new BentoCache({ default: 'redis', stores: { redis: store }, prefix: `bento-${size}`, ttl: '1h' });
  for (const id of ids) await cache.set({ key: `tournaments:${id}`, value: valueUnder(id) });
  return {
    name: 'bentocache getOrSet',
    read: (id) => cache.getOrSet({ key: `tournaments:${id}`, factory: noHit }),
  };
}
