import { NestFactory } from '@nestjs/core';
import { Loader } from 'layered-loader';
import { Cacheable, createCache, LarderModule } from 'nest-larder';
import { connectedCache } from '../measure/connected-cache.js';
import { randomOf, shuffled } from '../measure/random.js';
import type { Subject } from './costs.js';

// Distinct values, of which one field is read: the value's cache line counts too. Each subject has its own loop, as a call in
// an application has its own call site.

const TTL = 600_000;
const OPTIONS = { ttl: TTL };
/** Unrelated invalidations per second, at the speed of a hit on the machine that measures. */
const INVALIDATIONS = 10_000;

interface Item {
  readonly id: string;
  readonly title: string;
  readonly seats: number;
}

async function itemOf(id: string): Promise<Item> {
  return { id, title: `Item ${id}`, seats: id.length };
}

/** The ids of one measurement in random order, asked for one after the other. */
class Ids {
  readonly ids: readonly string[];
  #next = 0;

  constructor(keys: number) {
    const inOrder = Array.from({ length: keys }, (_, id) => String(id + 1));
    this.ids = shuffled(inOrder, randomOf(7));
  }

  next(): string {
    if (this.#next === this.ids.length) this.#next = 0;
    return this.ids[this.#next++] as string;
  }
}

export async function plainMap(keys: number): Promise<Subject> {
  const ids = new Ids(keys);
  const map = new Map<string, Item>();
  for (const id of ids.ids) map.set(`items:${id}`, await itemOf(id));
  const run = async (count: number) => {
    let seats = 0;
    for (let call = 0; call < count; call++) seats += ((await map.get(`items:${ids.next()}`)) as Item).seats;
    return seats;
  };
  return { name: 'Map', run };
}

export async function layeredLoader(keys: number): Promise<Subject> {
  const ids = new Ids(keys);
  const loader = new Loader<Item>({
    inMemoryCache: { cacheType: 'fifo-map', ttlInMsecs: TTL, maxItems: 200_000 },
    dataSourceGetOneFn: (key) => itemOf(key.slice(key.indexOf(':') + 1)),
  });
  for (const id of ids.ids) await loader.get(`items:${id}`);
  const run = async (count: number) => {
    let seats = 0;
    for (let call = 0; call < count; call++) seats += ((await loader.get(`items:${ids.next()}`)) as Item).seats;
    return seats;
  };
  return { name: 'layered-loader', run };
}

export async function getOrLoad(keys: number): Promise<Subject> {
  const ids = new Ids(keys);
  const cache = await createCache({ maxEntries: 200_000 });
  for (const id of ids.ids) await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS);
  const run = async (count: number) => {
    let seats = 0;
    for (let call = 0; call < count; call++) {
      const id = ids.next();
      seats += (await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS)).seats;
    }
    return seats;
  };
  return { name: 'larder', run };
}

/** Hits in a cache that has a Redis. */
export async function getOrLoadBesideRedis(keys: number, redis: string): Promise<Subject> {
  const ids = new Ids(keys);
  const cache = await connectedCache({ redis, maxEntries: 200_000 });
  for (const id of ids.ids) await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS);
  const run = async (count: number) => {
    let seats = 0;
    for (let call = 0; call < count; call++) {
      const id = ids.next();
      seats += (await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS)).seats;
    }
    return seats;
  };
  return { name: 'larder with Redis', run };
}

class Items {
  async find(id: string): Promise<Item> {
    return itemOf(id);
  }
}
const find = Object.getOwnPropertyDescriptor(Items.prototype, 'find') as TypedPropertyDescriptor<Items['find']>;
Cacheable({ key: (id: string) => ['items', id], ttl: '10m' })(Items.prototype, 'find', find);
Object.defineProperty(Items.prototype, 'find', find);

class AppModule {}

export async function decoratedMethod(keys: number): Promise<Subject> {
  const ids = new Ids(keys);
  const module = { module: AppModule, imports: [LarderModule.forRoot({ maxEntries: 200_000 })], providers: [Items] };
  const application = await NestFactory.createApplicationContext(module, { logger: false });
  const items = application.get(Items);
  for (const id of ids.ids) await items.find(id);
  const run = async (count: number) => {
    let seats = 0;
    for (let call = 0; call < count; call++) seats += (await items.find(ids.next())).seats;
    return seats;
  };
  return { name: 'decorated method', run };
}

/**
 * Hits with 10,000 invalidations of other keys a second. The first subject sends them to another cache: both do the same work,
 * but only the hits of the second are affected.
 */
export async function hitsBesideInvalidations(keys: number): Promise<Subject[]> {
  const other = await createCache();
  const [elsewhere, here] = [await invalidated(keys, other), await invalidated(keys)];
  return [
    { name: 'invalidations elsewhere', run: elsewhere },
    { name: 'invalidations here', run: here },
  ];
}

async function invalidated(keys: number, other?: Awaited<ReturnType<typeof createCache>>) {
  const ids = new Ids(keys);
  const cache = await createCache({ maxEntries: 200_000 });
  const affected = other ?? cache;
  for (const id of ids.ids) await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS);
  let due = performance.now();
  let invalidations = 0;
  return async (count: number) => {
    let seats = 0;
    for (let call = 0; call < count; call++) {
      const id = ids.next();
      seats += (await cache.getOrLoad(['items', id], () => itemOf(id), OPTIONS)).seats;
      if (call % 64 !== 0) continue;
      const now = performance.now();
      // After a pause of other subjects no burst.
      due = Math.max(due, now - 1);
      for (; due < now; due += 1000 / INVALIDATIONS)
        await affected.invalidate(['others', String(invalidations++ % 50_000)]);
    }
    return seats;
  };
}
