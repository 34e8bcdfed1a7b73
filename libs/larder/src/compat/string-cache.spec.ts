import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createCache } from 'cache-manager';
import { Cache as LarderCache } from '../cache/cache.js';
import type { CacheEvent } from '../cache/state/events.js';
import { toSettings } from '../config/settings.js';
import { createEngine } from '../create-cache.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Cache, WrapOptions } from './cache.js';
import type { CacheManagerOptions } from './options.js';
import { StringCache } from './string-cache.js';

/** What `wrap` takes as its third argument. */
type Ttl = number | ((value: unknown) => number) | WrapOptions<unknown>;

interface Bench {
  readonly cache: Cache;
  advance(milliseconds: number): void;
}

const clock = new FakeClock();
const closing: (() => Promise<void>)[] = [];
let events: CacheEvent[];
let now: number;

async function larder(options: CacheManagerOptions = {}, namespace = 'tests'): Promise<Bench> {
  const engine = await createEngine(toSettings({ clock, onEvent: (event) => events.push(event) }));
  closing.push(() => engine.close());
  const cache = new StringCache(new LarderCache(engine), engine, namespace, options);
  return { cache, advance: (milliseconds) => clock.advance(milliseconds) };
}

async function original(options: CacheManagerOptions = {}): Promise<Bench> {
  const cache = createCache(options as Parameters<typeof createCache>[0]) as unknown as Cache;
  const advance = (milliseconds: number) => {
    now += milliseconds;
  };
  return { cache, advance };
}

beforeEach(() => {
  events = [];
  now = Date.now();
  // The original reads nothing else of the time.
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** Runs pending promises of refreshes in the background. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

// What cache-manager documents, as it does it and as Larder does it.
describe.each([
  ['cache-manager', original],
  ['nest-larder/compat', larder],
])('%s', (_, make) => {
  it.each<[string, unknown]>([
    ['a text', 'value'],
    ['a number', 0],
    ['false', false],
    ['null', null],
    ['an object', { a: [1, { b: 'c' }] }],
    ['a date', new Date(0)],
  ])('stores %s, and returns it from set and get', async (_name, value) => {
    const { cache } = await make();
    expect(await cache.set('key', value)).toEqual(value);
    expect(await cache.get('key')).toEqual(value);
  });

  it('has no value for a key that was never set, or was set to undefined', async () => {
    const { cache } = await make();
    await cache.set('set', undefined);
    expect([await cache.get('never'), await cache.get('set')]).toEqual([undefined, undefined]);
  });

  it('lets callers change what they stored', async () => {
    const { cache } = await make();
    const value = { count: 1 };
    await cache.set('key', value);
    value.count = 2;
    expect(value.count).toBe(2);
  });

  it('lets callers change what they read', async () => {
    const { cache } = await make();
    await cache.set('key', { list: [1] });
    const value = (await cache.get('key')) as { list: number[] };
    value.list.push(2);
    expect(value.list).toEqual([1, 2]);
  });

  it.each<[string, CacheManagerOptions, number | undefined, number, boolean]>([
    ['its own TTL has not passed', {}, 1000, 999, true],
    ['its own TTL has passed', {}, 1000, 1001, false],
    ['the default TTL has passed', { ttl: 1000 }, undefined, 1001, false],
    ['its own TTL is longer than the default', { ttl: 1000 }, 3000, 2000, true],
    ['neither TTL is given', {}, undefined, 86_400_000, true],
    ['its own TTL is 0', { ttl: 1000 }, 0, 86_400_000, true],
    ['the default TTL is 0', { ttl: 0 }, undefined, 86_400_000, true],
    ['its own TTL is negative', {}, -1, 1, false],
  ])('if %s, a value is there as documented', async (_name, options, ttl, after, isThere) => {
    const { cache, advance } = await make(options);
    await cache.set('key', 'value', ttl);
    advance(after);
    expect(await cache.get('key')).toBe(isThere ? 'value' : undefined);
  });

  it('tells when a key expires, and undefined for one that does not or is missing', async () => {
    const { cache, advance } = await make();
    await cache.mset([
      { key: 'expires', value: 1, ttl: 5000 },
      { key: 'stays', value: 2 },
    ]);
    const expires = (await cache.ttl('expires')) as number;
    expect([await cache.ttl('stays'), await cache.ttl('missing')]).toEqual([undefined, undefined]);
    advance(5000 - 1);
    expect(await cache.ttl('expires')).toBe(expires);
    advance(2);
    expect(await cache.ttl('expires')).toBeUndefined();
  });

  it('sets and gets many keys in their order', async () => {
    const { cache } = await make({ ttl: 9000 });
    const list = [
      { key: 'a', value: 1 },
      { key: 'b', value: null, ttl: 5000 },
    ];
    expect(await cache.mset<number | null>(list)).toEqual([
      { key: 'a', value: 1, ttl: 9000 },
      { key: 'b', value: null, ttl: 5000 },
    ]);
    expect(await cache.mget(['b', 'missing', 'a'])).toEqual([null, undefined, 1]);
  });

  it('deletes one key, several keys and all keys', async () => {
    const { cache } = await make();
    const keys = ['a', 'b', 'c', 'd'];
    await cache.mset(keys.map((key) => ({ key, value: key })));
    expect(await cache.del('a')).toBe(true);
    expect(await cache.mdel(['b', 'missing'])).toBe(true);
    expect(await cache.mget(keys)).toEqual([undefined, undefined, 'c', 'd']);
    expect(await cache.clear()).toBe(true);
    expect(await cache.mget(keys)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('keeps a key apart from one that begins with it', async () => {
    const { cache } = await make();
    await cache.mset([
      { key: 'cats', value: 1 },
      { key: 'cats:1', value: 2 },
    ]);
    await cache.del('cats');
    expect(await cache.get('cats:1')).toBe(2);
  });

  it('wraps a function: one run for concurrent callers, then the stored value', async () => {
    const { cache } = await make();
    const work = jest.fn(async () => ({ id: 1 }));
    const together = await Promise.all([1, 2, 3].map(() => cache.wrap('key', work)));
    expect([...together, await cache.wrap('key', work)]).toEqual(Array(4).fill({ id: 1 }));
    expect(work).toHaveBeenCalledTimes(1);
  });

  it.each<[string, unknown, number]>([
    ['null is stored', null, 1],
    ['undefined is not stored', undefined, 2],
  ])('of a wrapped result, %s', async (_name, result, runs) => {
    const { cache } = await make();
    const work = jest.fn(async () => result);
    expect([await cache.wrap('key', work), await cache.wrap('key', work)]).toEqual([result, result]);
    expect(work).toHaveBeenCalledTimes(runs);
  });

  it('rejects with the error of a wrapped function, and runs it again at the next call', async () => {
    const { cache } = await make();
    const fails = () => Promise.reject(new Error('failed'));
    await expect(cache.wrap('key', fails)).rejects.toThrow('failed');
    expect(await cache.wrap('key', () => 2)).toBe(2);
  });

  it.each<[string, Ttl]>([
    ['a number', 1000],
    ['a function of the value', () => 1000],
    ['an option', { ttl: 1000 }],
    ['an option that is a function', { ttl: () => 1000 }],
  ])('wraps with a TTL given as %s', async (_name, ttl) => {
    const { cache, advance } = await make();
    await cache.wrap('key', () => 1, ttl as number);
    advance(999);
    expect(await cache.wrap('key', () => 2, ttl as number)).toBe(1);
    advance(2);
    expect(await cache.wrap('key', () => 3, ttl as number)).toBe(3);
  });

  it('returns a wrapped value with the time of its expiry, if asked for', async () => {
    const { cache } = await make();
    const first = await cache.wrap('key', () => 'v', { ttl: 5000, raw: true });
    expect(first).toEqual({ value: 'v', expires: expect.any(Number) });
    expect(await cache.wrap('key', () => 'w', { ttl: 5000, raw: true })).toEqual(first);
  });

  it.each<[string, CacheManagerOptions, Ttl, (() => number) | number | undefined]>([
    ['an argument', {}, 1000, 400],
    ['a function', {}, 1000, () => 400],
    ['an option', {}, { ttl: 1000, refreshThreshold: 400 }, undefined],
    ['an option of the module', { refreshThreshold: 400 }, 1000, undefined],
  ])('refreshes in the background below a threshold given as %s', async (_name, options, ttl, threshold) => {
    const { cache, advance } = await make(options);
    let value = 0;
    const refreshed: unknown[] = [];
    cache.on('refresh', ({ key, value: one }) => refreshed.push([key, one]));
    const read = () => cache.wrap('key', () => ++value, ttl as number, threshold as number);
    expect(await read()).toBe(1);
    advance(500);
    expect([await read(), value]).toEqual([1, 1]);
    advance(200);
    expect(await read()).toBe(1);
    await settled();
    expect([await read(), refreshed]).toEqual([2, [['key', 2]]]);
  });

  it('keeps the value and sends the error if a refresh fails', async () => {
    const { cache, advance } = await make();
    const failed: unknown[] = [];
    cache.on('refresh', ({ value, error }) => failed.push([value, (error as Error).message]));
    await cache.wrap('key', () => 1, 1000, 400);
    advance(700);
    const fails = () => Promise.reject<number>(new Error('no'));
    expect(await cache.wrap('key', fails, 1000, 400)).toBe(1);
    await settled();
    expect(failed).toEqual([[1, 'no']]);
    expect(await cache.get('key')).toBe(1);
  });

  it('sends events, to listeners that were not removed', async () => {
    const { cache } = await make();
    const sent: string[] = [];
    const note = (name: string) => () => void sent.push(name);
    for (const name of ['get', 'mget', 'ttl', 'set', 'mset', 'del', 'mdel', 'clear'] as const)
      cache.on(name, note(name));
    const removed = note('removed');
    cache.on('del', removed);
    cache.off('del', removed);
    await cache.set('key', 1);
    await cache.get('key');
    await cache.ttl('key');
    await cache.mset([{ key: 'a', value: 1 }]);
    await cache.mget(['a']);
    await cache.del('key');
    await cache.mdel(['a']);
    await cache.clear();
    // The original sends `set` for each store too.
    expect([...new Set(sent)]).toEqual(['set', 'get', 'ttl', 'mset', 'mget', 'del', 'mdel', 'clear']);
  });

  it('has the id that it was given, or one of its own', async () => {
    expect((await make({ cacheId: 'mine' })).cache.cacheId()).toBe('mine');
    expect((await make()).cache.cacheId()).not.toBe((await make()).cache.cacheId());
  });

  it('can be disconnected', async () => {
    expect(await (await make()).cache.disconnect()).toBeUndefined();
  });
});

describe('nest-larder/compat, beyond cache-manager', () => {
  it('does not store what a wrapped function loaded before the key was deleted', async () => {
    const { cache } = await larder();
    let loaded = 'old';
    const reading = cache.wrap('key', async () => {
      const value = loaded;
      loaded = 'new';
      await cache.del('key');
      return value;
    });
    expect(await reading).toBe('old');
    expect(await cache.wrap('key', () => loaded)).toBe('new');
  });

  it('does not store what a refresh loaded before the key was deleted', async () => {
    const { cache, advance } = await larder();
    await cache.wrap('key', () => 1, 1000);
    advance(900);
    const work = async () => {
      await cache.del('key');
      return 2;
    };
    await cache.wrap('key', work, 1000, 500);
    await settled();
    expect(await cache.get('key')).toBeUndefined();
  });

  it('gives each caller a copy, so that no caller changes what others get', async () => {
    const { cache } = await larder();
    const value = { list: [1] };
    await cache.set('key', value);
    value.list.push(2);
    const first = (await cache.get('key')) as typeof value;
    first.list.push(3);
    const wrapped = (await cache.wrap('key', () => value)) as typeof value;
    wrapped.list.push(4);
    expect(await cache.mget(['key'])).toEqual([{ list: [1] }]);
  });

  it('keeps namespaces apart, also when one is cleared', async () => {
    const engine = await createEngine(toSettings({ clock }));
    closing.push(() => engine.close());
    const [one, other] = ['one', 'other'].map((name) => new StringCache(new LarderCache(engine), engine, name, {}));
    await one?.set('key', 1);
    await other?.set('key', 2);
    await one?.clear();
    expect([await one?.get('key'), await other?.get('key')]).toEqual([undefined, 2]);
  });

  it('names the part of a value that cannot be stored', async () => {
    const { cache } = await larder();
    class Person {}
    const errors: unknown[] = [];
    cache.on('set', ({ error }) => errors.push(error));
    await expect(cache.set('key', { owner: new Person() })).rejects.toThrow('value.owner is an instance of Person');
    expect(errors).toHaveLength(1);
  });

  it('returns a wrapped result that cannot be stored, and reports it', async () => {
    const { cache } = await larder();
    class Person {}
    expect(await cache.wrap('key', () => new Person())).toBeInstanceOf(Person);
    expect(events.map(({ type }) => type)).toContain('uncacheable');
    expect(await cache.get('key')).toBeUndefined();
  });

  it('refuses a TTL that is no number', async () => {
    const { cache } = await larder();
    await expect(cache.set('key', 1, '5m' as never)).rejects.toThrow('invalid ttl of a cached value: got 5m');
  });

  it('ignores a listener that throws', async () => {
    const { cache } = await larder();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    cache.on('set', () => {
      throw new Error('listener');
    });
    expect(await cache.set('key', 1)).toBe(1);
    expect(warn.mock.calls.map(([text]) => text)).toEqual(['A listener for set of the cache failed: Error: listener']);
  });
});
