import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { Loader, RedisCache } from 'layered-loader';
import { connectedCache } from '../measure/connected-cache.js';

export interface Row {
  readonly id: string;
  readonly title: string;
}

export type Load = (id: string) => Promise<Row>;
/** Returns the value of an id, cached or loaded. */
export type Get = (id: string) => Promise<unknown>;

const TTL = 60_000;

/** The compared libraries, each with memory and Redis, as their documentation recommends for several processes. */
export const SUBJECTS = {
  larder: async (url, load) => {
    const cache = await connectedCache({ redis: url, keyPrefix: 'larder-stampede' });
    return (id) => cache.getOrLoad(['tournaments', id], () => load(id), { ttl: TTL });
  },
  'layered-loader': async (url, load) => {
    const client: unknown = new Redis(url);
    const config = { prefix: 'layered', json: true, ttlInMsecs: TTL };
    const loader = new Loader<Row>({
      inMemoryCache: { cacheType: 'fifo-map', ttlInMsecs: TTL, maxItems: 1_000 },
      asyncCache: new RedisCache<Row>(client as ConstructorParameters<typeof RedisCache>[0], config),
      dataSourceGetOneFn: load,
    });
    return (id) => loader.get(id);
  },
  bentocache: async (url, load) => {
    const connection = new Redis(url);
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxItems: 1_000 }))
      .useL2Layer(redisDriver({ connection }))
      .useBus(redisBusDriver({ connection: new Redis(url) }));
    const cache = new BentoCache({ default: 'both', stores: { both: store }, prefix: 'bento', ttl: TTL });
    return (id) => cache.getOrSet({ key: id, factory: () => load(id) });
  },
} as const satisfies Record<string, (url: string, load: Load) => Promise<Get>>;

export type SubjectName = keyof typeof SUBJECTS;
