import { Redis } from 'ioredis';
import { connectedCache } from '../measure/connected-cache.js';
import { larder } from '../redis-hit/larder.js';
import { SMALL } from '../redis-hit/payloads.js';
import * as hitPeers from '../redis-hit/peers.js';
import { ioredis, ioredisShared } from '../redis-hit/raw.js';
import {
  bentocacheMisses,
  ioredisMisses,
  ioredisStores,
  larderMisses,
  larderStores,
  layeredLoaderMisses,
  type Storing,
} from '../redis-store/subjects.js';
import type { Subject } from './costs.js';

// Values of 1 KB. Misses and stores have new ids, so that Redis lacks them.

const CALLERS = 64;
const BATCH = 100;
const [anyId = ''] = SMALL.ids;

let last = 0;
const nextId = () => String(++last);
const load = async (id: string) => ({ ...SMALL.valueUnder(anyId), id });

export type Way = 'one caller' | '64 callers' | 'batches of 100';

export async function misses(url: string, way: Way): Promise<Subject[]> {
  const larder = await larderMisses(url, load);
  return inWay([ioredisMisses(url, load), larder, layeredLoaderMisses(url, load), bentocacheMisses(url, load)], way);
}

export async function stores(url: string, way: Way): Promise<Subject[]> {
  return inWay([ioredisStores(url, load), await larderStores(url, load)], way);
}

export async function hits(url: string, way: Way): Promise<Subject[]> {
  const makers = [ioredis, larder, ioredisShared, hitPeers.layeredLoader, hitPeers.bentocache];
  const readers = await Promise.all(makers.map((make) => make(url, SMALL)));
  let next = 0;
  const nextStored = () => SMALL.ids[next++ % SMALL.ids.length] as string;
  return inWay(
    readers.map(({ name, read, readMany }) => ({ name, store: read, storeMany: readMany?.bind(undefined) })),
    way,
    nextStored,
  );
}

/** Invalidations beside `SET`s of a small value, as one command each. */
export async function invalidations(url: string, way: Way): Promise<Subject[]> {
  const cache = await connectedCache({ redis: url, keyPrefix: 'larder-invalidate' });
  const redis = new Redis(url);
  return inWay(
    [
      { name: 'ioredis DEL', store: (id) => redis.del(`raw-invalidate:${id}`) },
      { name: 'larder invalidate', store: (id) => cache.invalidate(['items', id]) },
    ],
    way,
  );
}

function inWay(all: readonly Storing[], way: Way, idOf = nextId): Subject[] {
  return all.flatMap((one) => {
    const run =
      way === 'one caller' ? inSequence(one, idOf) : way === '64 callers' ? atOnce(one, idOf) : many(one, idOf);
    return run === undefined ? [] : [{ name: one.name, run }];
  });
}

function inSequence({ store }: Storing, idOf: () => string): Subject['run'] {
  return async (count) => {
    for (let call = 0; call < count; call++) await store(idOf());
  };
}

function atOnce({ store }: Storing, idOf: () => string): Subject['run'] {
  return async (count) => {
    let left = count;
    const caller = async () => {
      while (left-- > 0) await store(idOf());
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
  };
}

function many({ storeMany }: Storing, idOf: () => string): Subject['run'] | undefined {
  if (storeMany === undefined) return undefined;
  return async (count) => {
    for (let call = 0; call < count; call++) await storeMany(Array.from({ length: BATCH }, idOf));
  };
}

/** Microseconds of processor time that a Redis has used. */
export function timeOfRedis(url: string): () => Promise<number> {
  const redis = new Redis(url);
  return async () => {
    const info = await redis.info('cpu');
    const seconds = [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, figure]) => Number(figure));
    return seconds.reduce((sum, figure) => sum + figure, 0) * 1e6;
  };
}
