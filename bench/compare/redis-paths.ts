import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Key } from 'nest-larder';
import { SMALL } from '../redis-hit/payloads.js';
import type { Library, Paths } from './paths.js';

const CALLERS = 64;
const BATCH = 100;
const OPTIONS = { ttl: 10_000 };
const [anyId = ''] = SMALL.ids;

/** A new number for each value, so that none is stored yet. */
let last = 0;
const nextId = () => String(++last);
const load = async (id: string) => ({ ...SMALL.valueUnder(anyId), id });

/** Calls per run of each path. */
export const CALLS = 200;

/** The paths of one build through Redis: values of 1 KB, and memory for one of them. */
export async function pathsThroughRedis(library: Library, url: string, keyPrefix: string): Promise<Paths> {
  const cacheWith = async (more: object) => {
    const options = { redis: url, onEvent() {}, ...more };
    // The former release has another name for it.
    const cache = await library
      .createCache({ ...options, redisTimeout: '30s' })
      .catch(() => library.createCache({ ...options, redisDeadline: '30s' } as object));
    while (!(await cache.invalidate(['nothing'])).delivered) await delay(20);
    return cache;
  };
  const cache = await cacheWith({ keyPrefix, maxEntries: 1 });
  const inMemory = await cacheWith({ keyPrefix: `${keyPrefix}-memory` });
  const diagnosed = await cacheWith({ keyPrefix: `${keyPrefix}-diagnosed`, diagnostics: true }).catch(() => cache);
  const ids = Array.from({ length: CALLS }, nextId);
  const keyOf = (id: string): Key => ['items', id];
  const read = (id: string) => cache.getOrLoad(keyOf(id), () => load(id), { ttl: '1h' });
  const miss = (id: string) => cache.getOrLoad(keyOf(id), () => load(id), OPTIONS);
  const set = async (id: string) => cache.setMany([[keyOf(id), await load(id)]], OPTIONS);
  const missMany = (batch: readonly string[]) =>
    cache.getMany(batch.map(keyOf), (missing) => Promise.all(missing.map((key) => load(String(key[1])))), OPTIONS);
  const setMany = async (batch: readonly string[]) =>
    cache.setMany(await Promise.all(batch.map(async (id) => [keyOf(id), await load(id)] as const)), OPTIONS);
  for (const id of ids) await Promise.all([read(id), inMemory.getOrLoad(keyOf(id), () => load(id), { ttl: '1h' })]);
  return {
    'memory hit': () => oneByOne(ids, (id) => inMemory.getOrLoad(keyOf(id), () => load(id), { ttl: '1h' })),
    'hit, 1 caller': () => oneByOne(ids, read),
    'hit, 64 callers': () => atOnce(ids, read),
    'hits, batches of 100': () => inBatches(ids, (batch) => cache.getMany(batch.map(keyOf), never, { ttl: '1h' })),
    'miss, 1 caller': () => oneByOne(newIds(), miss),
    'miss, 64 callers': () => atOnce(newIds(), miss),
    'misses, batches of 100': () => inBatches(newIds(), missMany),
    'set, 1 caller': () => oneByOne(newIds(), set),
    'set, 64 callers': () => atOnce(newIds(), set),
    'setMany of 100': () => inBatches(newIds(), setMany),
    'write-through, 1 caller': () => oneByOne(newIds(), (id) => cache.writeThrough(keyOf(id), () => load(id), OPTIONS)),
    'invalidate, 1 caller': () => oneByOne(newIds(), (id) => cache.invalidate(keyOf(id))),
    'invalidate, 64 callers': () => atOnce(newIds(), (id) => cache.invalidate(keyOf(id))),
    'invalidate with diagnostics, 1 caller': () => oneByOne(newIds(), (id) => diagnosed.invalidate(keyOf(id))),
    'invalidate with diagnostics, 64 callers': () => atOnce(newIds(), (id) => diagnosed.invalidate(keyOf(id))),
  };
}

/** What an application without a cache library would write, for the paths that it would have. */
export function pathsOfIoredis(url: string): Paths {
  const redis = new Redis(url);
  const nameOf = (id: string) => `raw:items:${id}`;
  const set = async (id: string) => redis.set(nameOf(id), JSON.stringify(await load(id)), 'PX', OPTIONS.ttl);
  const get = async (id: string) => JSON.parse((await redis.get(nameOf(id))) ?? 'null');
  const miss = async (id: string) => {
    if ((await get(id)) === null) await set(id);
  };
  const ids = Array.from({ length: CALLS }, nextId);
  const setMany = async (batch: readonly string[]) => {
    const pipeline = redis.pipeline();
    for (const id of batch) pipeline.set(nameOf(id), JSON.stringify(await load(id)), 'PX', OPTIONS.ttl);
    await pipeline.exec();
  };
  const getMany = async (batch: readonly string[]) =>
    (await redis.mget(batch.map(nameOf))).map((text) => JSON.parse(text ?? 'null'));
  const prepare = async () => {
    for (const id of ids) await redis.set(nameOf(id), JSON.stringify(await load(id)));
  };
  const prepared = prepare();
  return {
    'hit, 1 caller': () => prepared.then(() => oneByOne(ids, get)),
    'hit, 64 callers': () => atOnce(ids, get),
    'hits, batches of 100': () => inBatches(ids, getMany),
    'miss, 1 caller': () => oneByOne(newIds(), miss),
    'miss, 64 callers': () => atOnce(newIds(), miss),
    'misses, batches of 100': () => inBatches(newIds(), async (batch) => [await getMany(batch), await setMany(batch)]),
    'set, 1 caller': () => oneByOne(newIds(), set),
    'set, 64 callers': () => atOnce(newIds(), set),
    'setMany of 100': () => inBatches(newIds(), setMany),
  };
}

function newIds(): string[] {
  return Array.from({ length: CALLS }, nextId);
}

async function oneByOne(ids: readonly string[], call: (id: string) => Promise<unknown>): Promise<void> {
  for (const id of ids) await call(id);
}

async function atOnce(ids: readonly string[], call: (id: string) => Promise<unknown>): Promise<void> {
  let next = 0;
  const caller = async () => {
    while (next < ids.length) await call(ids[next++] as string);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function inBatches(ids: readonly string[], call: (batch: readonly string[]) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < ids.length; first += BATCH) await call(ids.slice(first, first + BATCH));
}

function never(): never {
  throw new Error('Everything is stored');
}
