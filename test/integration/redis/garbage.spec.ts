import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const PREFIX = 'garbage';
/** More than the maximum size of an entry. */
const HUGE = 100 * 1024 * 1024;
/** Long enough for a busy machine to transfer it. */
const TIMEOUT = '10s';
/** How long a reader waits for the lease of another process, in milliseconds. */
const LONGEST_WAIT = 10_000;
const VALUE = { name: 'Winter Open', tags: ['9-ball', 'open'], entries: 31 };

let server: RedisServer;
let redis: Redis;
/** Two nodes: one stores what the other finds in Redis. */
let one: Cache;
let other: Cache;
let keys = 0;

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new Redis(server.url);
  [one, other] = await Promise.all([newNode(), newNode()]);
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  redis.disconnect();
  await server.stop();
});

function newNode(): Promise<Cache> {
  return createCache({ redis: server.url, keyPrefix: PREFIX, redisTimeout: TIMEOUT });
}

/** A key without an entry in any memory. */
function newKey(): readonly ['k', number] {
  return ['k', ++keys];
}

const entryName = ([first, second]: readonly ['k', number]) => `${PREFIX}:{${first}:${second}}`;
const discarded = (cache: Cache) => cache.stats().shared?.discarded ?? Number.NaN;

/** Expects a read to load the key, and the entry to be shared afterwards. */
async function expectLoadedAndShared(key: readonly ['k', number], reader = other): Promise<void> {
  let loads = 0;
  const load = () => {
    loads++;
    return VALUE;
  };
  expect(await one.getOrLoad(key, load)).toEqual(VALUE);
  expect(loads).toBe(1);
  await until(async () => (await reader.get(key)) !== undefined);
  expect(await reader.getOrLoad(key, load)).toEqual(VALUE);
  expect(loads).toBe(1);
}

/** Stores new keys until one is in Redis. A value is stored after its answer, so it may be that of an earlier attempt. */
async function untilStored(store: (key: readonly ['k', number]) => Promise<unknown>): Promise<void> {
  const names: string[] = [];
  await until(async () => {
    const key = newKey();
    names.push(entryName(key));
    await store(key);
    return (await redis.exists(names)) > 0;
  });
}

/** The bytes of an entry as a node stores it. */
async function validEntry(): Promise<Buffer> {
  const key = newKey();
  await one.getOrLoad(key, () => VALUE);
  await until(async () => (await redis.exists(entryName(key))) === 1);
  return (await redis.getBuffer(entryName(key))) as Buffer;
}

describe('garbage in place of an entry is a miss, and counted', () => {
  it.each<[string, (entry: Buffer) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['a text', () => Buffer.from('{"name":"Winter Open"}')],
    ['100 MB', () => Buffer.alloc(HUGE, 'L')],
    ['random bytes', () => randomBytes(1000)],
    ['random bytes after a sound beginning', (entry) => Buffer.concat([entry.subarray(0, 2), randomBytes(1000)])],
    [
      'another version of the format',
      (entry) => Buffer.concat([entry.subarray(0, 1), Buffer.from([3]), entry.subarray(2)]),
    ],
    ['something after its end', (entry) => Buffer.concat([entry, Buffer.from([0])])],
    ['a payload of other bytes', (entry) => Buffer.concat([entry.subarray(0, -20), randomBytes(20)])],
  ])('%s', async (_, garbage) => {
    const key = newKey();
    await redis.set(entryName(key), garbage(await validEntry()));
    const before = discarded(one);
    await expectLoadedAndShared(key);
    expect(discarded(one)).toBeGreaterThan(before);
  });

  it('an entry truncated at any tenth byte', async () => {
    const entry = await validEntry();
    for (let length = 0; length < entry.length; length += 10) {
      const key = newKey();
      await redis.set(entryName(key), entry.subarray(0, length));
      const before = discarded(one);
      await expectLoadedAndShared(key);
      expect(discarded(one)).toBeGreaterThan(before);
    }
  });
});

it('an entry with one flipped bit, any of 600, is never served', async () => {
  const key = newKey();
  await one.getOrLoad(key, () => VALUE);
  await until(async () => (await redis.exists(entryName(key))) === 1);
  const entry = (await redis.getBuffer(entryName(key))) as Buffer;
  const step = (entry.length * 8) / 600;
  for (let n = 0; n < 600; n++) {
    const bit = Math.floor(n * step);
    const flipped = Buffer.from(entry);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    await redis.set(entryName(key), flipped);
    expect(await other.get(key)).toBeUndefined();
  }
});

it('an entry copied from another key is never served', async () => {
  const key = newKey();
  await redis.set(entryName(key), await validEntry());
  const before = discarded(other);
  expect(await other.get(key)).toBeUndefined();
  expect(discarded(other)).toBe(before + 1);
});

describe('a key that cannot be read as an entry is a miss', () => {
  it.each<[string, (name: string) => Promise<unknown>]>([
    ['a list', (name) => redis.rpush(name, 'a', 'b')],
    ['a hash', (name) => redis.hset(name, 'name', 'Winter Open')],
  ])('%s', async (_, spoil) => {
    const key = newKey();
    await spoil(entryName(key));
    await expectLoadedAndShared(key);
  });

  it('a value too large to read in time, after which reads of other keys use Redis again', async () => {
    const key = newKey();
    await redis.set(entryName(key), Buffer.alloc(HUGE));
    const impatient = await createCache({ redis: server.url, keyPrefix: PREFIX, redisTimeout: 20 });
    expect(await impatient.getOrLoad(key, () => VALUE)).toEqual(VALUE);
    await untilStored((another) => impatient.getOrLoad(another, () => VALUE));
    await impatient.close();
  });
});

it('a lease that is never released delays readers only up to a timeout', async () => {
  const key = newKey();
  const root = await redis.call('BITFIELD', `{${PREFIX}}:table`, 'GET', 'i64', '#0');
  await redis.rpush(`${entryName(key)}:loading:${root}`, 'mine');
  const clock = new FakeClock();
  const waiter = await createCache({ redis: server.url, keyPrefix: PREFIX, redisTimeout: TIMEOUT, clock });
  let isLoaded = false;
  const loaded = waiter.getOrLoad(key, () => {
    isLoaded = true;
    return VALUE;
  });
  const began = clock.elapsed();
  await until(() => {
    clock.advance(100);
    return isLoaded;
  });
  expect(clock.elapsed() - began).toBeGreaterThanOrEqual(LONGEST_WAIT);
  expect(await loaded).toEqual(VALUE);
  await waiter.close();
});

type Spoil = readonly [what: string, spoil: (name: string) => Promise<unknown>];
const OF_ANOTHER_TYPE: readonly Spoil[] = [
  ['a string', (name) => redis.set(name, 'garbage')],
  ['a list', (name) => redis.multi().del(name).rpush(name, 'garbage').exec()],
  ['a hash', (name) => redis.multi().del(name).hset(name, 'garbage', 'garbage').exec()],
  ['a set', (name) => redis.multi().del(name).sadd(name, 'garbage').exec()],
  ['a stream', (name) => redis.multi().del(name).xadd(name, '*', 'garbage', 'garbage').exec()],
];
const OF_ANOTHER_CONTENT: readonly Spoil[] = [
  ['half of it', async (name) => redis.set(name, await redis.getrangeBuffer(name, 0, 1_000_000))],
  ['more than it', (name) => redis.append(name, 'garbage')],
  ['as many random bytes', async (name) => redis.set(name, randomBytes(await redis.strlen(name)))],
  ['as many zeros', async (name) => redis.set(name, Buffer.alloc(await redis.strlen(name)))],
];
const PLACES = [
  ['table', `{${PREFIX}}:table`, [...OF_ANOTHER_TYPE, ...OF_ANOTHER_CONTENT]],
  ['journal', `{${PREFIX}}:journal`, OF_ANOTHER_TYPE],
  ['writes under way', `{${PREFIX}}:writing`, OF_ANOTHER_TYPE],
  ['times when they are due', `{${PREFIX}}:due`, OF_ANOTHER_TYPE],
] as const;

describe.each(PLACES)('with garbage in place of the %s', (_, name, spoils) => {
  it.each(spoils)('%s, the values are right, and soon everything works again', async (_, spoil) => {
    const known = newKey();
    await expectLoadedAndShared(known);
    // Now all four are in use.
    const writing = one.writeThrough(newKey(), async () => {
      await spoil(name);
      return VALUE;
    });
    expect(await writing).toEqual(VALUE);

    await until(async () => (await one.invalidate(known)).delivered);
    await until(async () => (await other.get(known)) === undefined);
    await untilStored((key) => one.writeThrough(key, () => VALUE));
    const late = await newNode();
    await expectLoadedAndShared(known, late);
    await late.close();
  });
});
