import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { Loader, RedisCache } from 'layered-loader';
import { type Key } from 'nest-larder';
import { connectedCache } from '../measure/connected-cache.js';
import type { Page } from '../redis-hit/payloads.js';

/** Loads and stores what Redis does not have yet. */
export interface Storing {
  readonly name: string;
  store(id: string): Promise<unknown>;
  storeMany?(ids: readonly string[]): Promise<unknown>;
}

type Load = (id: string) => Promise<Page>;

/** Short enough to keep Redis from filling up with new ids; below 4 s Larder releases each lease. */
const TTL = 5_000;

/** What an application without a cache library would write: read, load, store, and wait for the store. */
export function ioredisMisses(url: string, load: Load): Storing {
  const redis = new Redis(url);
  const nameOf = (id: string) => `raw:tournaments:${id}`;
  return {
    name: 'ioredis GET, SET',
    store: async (id) => {
      const text = await redis.get(nameOf(id));
      if (text !== null) return JSON.parse(text);
      const value = await load(id);
      await redis.set(nameOf(id), JSON.stringify(value), 'PX', TTL);
      return value;
    },
    storeMany: async (ids) => {
      await redis.mget(ids.map(nameOf));
      const values = await Promise.all(ids.map(load));
      const pipeline = redis.pipeline();
      ids.forEach((id, index) => {
        pipeline.set(nameOf(id), JSON.stringify(values[index]), 'PX', TTL);
      });
      await pipeline.exec();
      return values;
    },
  };
}

/** A store without a read before it. */
export function ioredisStores(url: string, load: Load): Storing {
  const redis = new Redis(url);
  const nameOf = (id: string) => `raw-set:tournaments:${id}`;
  return {
    name: 'ioredis SET',
    store: async (id) => redis.set(nameOf(id), JSON.stringify(await load(id)), 'PX', TTL),
    storeMany: async (ids) => {
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.set(nameOf(id), JSON.stringify(await load(id)), 'PX', TTL);
      await pipeline.exec();
    },
  };
}

/** A miss: the loading process returns the value to its caller before it stores it for other processes. */
export async function larderMisses(url: string, load: Load): Promise<Storing> {
  const cache = await connectedCache({ redis: url, keyPrefix: 'larder-miss', maxEntries: 1 });
  return {
    name: 'larder getOrLoad',
    store: (id) => cache.getOrLoad(['tournaments', id], () => load(id), { ttl: TTL }),
    storeMany: (ids) =>
      cache.getMany(
        ids.map((id): Key => ['tournaments', id]),
        (missing) => Promise.all(missing.map((key) => load(String(key[1])))),
        { ttl: TTL },
      ),
  };
}

/** A store that invalidates the old value on every node. */
export async function larderStores(url: string, load: Load): Promise<Storing> {
  const cache = await connectedCache({ redis: url, keyPrefix: 'larder-set', maxEntries: 1 });
  const entryOf = async (id: string) => [['tournaments', id], await load(id)] as const;
  return {
    name: 'larder set',
    store: async (id) => cache.setMany([await entryOf(id)], { ttl: TTL }),
    storeMany: async (ids) => cache.setMany(await Promise.all(ids.map(entryOf)), { ttl: TTL }),
  };
}

export function layeredLoaderMisses(url: string, load: Load): Storing {
  const client: unknown = new Redis(url);
  const config = { prefix: 'layered', json: true, ttlInMsecs: TTL };
  const loader = new Loader<Page>({
    asyncCache: new RedisCache<Page>(client as ConstructorParameters<typeof RedisCache>[0], config),
    dataSourceGetOneFn: (key) => load(key.slice(key.indexOf(':') + 1)),
    dataSourceGetManyFn: (keys) => Promise.all(keys.map((key) => load(key.slice(key.indexOf(':') + 1)))),
    cacheKeyFromValueResolver: ({ id }) => `tournaments:${id}`,
  });
  return {
    name: 'layered-loader get',
    store: (id) => loader.get(`tournaments:${id}`),
    storeMany: (ids) => loader.getMany(ids.map((id) => `tournaments:${id}`)),
  };
}

export function bentocacheMisses(url: string, load: Load): Storing {
  const store = bentostore().useL2Layer(redisDriver({ connection: new Redis(url) }));
  const cache = new BentoCache({ default: 'redis', stores: { redis: store }, prefix: 'bento', ttl: TTL });
  return {
    name: 'bentocache getOrSet',
    store: (id) => cache.getOrSet({ key: `tournaments:${id}`, factory: () => load(id) }),
  };
}
