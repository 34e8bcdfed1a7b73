import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from '../create-cache.js';
import { LarderBatchError, LarderKeyError, LarderOptionsError, LarderValueError } from '../errors.js';
import { pattern, tag } from '../keys/target.js';
import type { LarderOptions } from '../larder.options.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Cache } from './cache.js';
import type { CacheEvent } from './events.js';

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function defer<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Omit<Deferred<T>, 'promise'>) };
}

let clock: FakeClock;
let events: CacheEvent[];
let cache: Cache;

async function make(options: LarderOptions = {}): Promise<Cache> {
  return createCache({ clock, onEvent: (event) => events.push(event), ...options });
}

beforeEach(async () => {
  clock = new FakeClock();
  events = [];
  cache = await make();
});

/** A load that counts its calls and answers with their number. */
function counting() {
  const load = Object.assign(async () => ({ version: ++load.calls }), { calls: 0 });
  return load;
}

describe('getOrLoad', () => {
  it('loads once and then answers with the same frozen object', async () => {
    const load = counting();
    const first = await cache.getOrLoad(['k'], load);
    expect(await cache.getOrLoad(['k'], load)).toBe(first);
    expect(load.calls).toBe(1);
    expect(() => Object.assign(first, { version: 9 })).toThrow(TypeError);
    expect(await cache.getOrLoad(['k'], load)).toEqual({ version: 1 });
  });

  it('shares one load among a thousand concurrent callers', async () => {
    const loaded = defer<string>();
    let calls = 0;
    const load = () => {
      calls++;
      return loaded.promise;
    };
    const answers = Array.from({ length: 1000 }, () => cache.getOrLoad(['k'], load));
    loaded.resolve('value');
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['value']));
    expect(calls).toBe(1);
    expect(cache.stats()).toMatchObject({ misses: 1000, joined: 999, loads: 1 });
  });

  it('gives all of them the same error, and the next call loads again, once', async () => {
    const failure = new Error('database away');
    const failed = defer<string>();
    const answers = Array.from({ length: 1000 }, () =>
      cache.getOrLoad(['k'], () => failed.promise).catch((e: unknown) => e),
    );
    failed.reject(failure);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([failure]));
    const load = counting();
    await Promise.all(Array.from({ length: 10 }, () => cache.getOrLoad(['k'], load)));
    expect(load.calls).toBe(1);
    expect(cache.stats()).toMatchObject({ errors: 1, loads: 2 });
  });

  it('turns what a load throws at once into a rejection', async () => {
    const failure = new Error('no');
    const answer = cache.getOrLoad(['k'], () => {
      throw failure;
    });
    await expect(answer).rejects.toBe(failure);
  });

  it('answers undefined and null without storing them', async () => {
    let calls = 0;
    for (const nothing of [undefined, null]) {
      calls = 0;
      const load = () => {
        calls++;
        return nothing;
      };
      expect(await cache.getOrLoad(['nothing', String(nothing)], load)).toBe(nothing);
      expect(await cache.getOrLoad(['nothing', String(nothing)], load)).toBe(nothing);
      expect(calls).toBe(2);
    }
  });

  it('stores false, zero and the empty text', async () => {
    for (const value of [false, 0, '']) {
      await cache.getOrLoad(['falsy', typeof value], () => value);
      expect(await cache.getOrLoad(['falsy', typeof value], () => 'again')).toBe(value);
    }
  });

  it('rejects with what is wrong with a key or an option, and never throws', async () => {
    await expect(cache.getOrLoad(['k', Symbol('s') as never], () => 1)).rejects.toBeInstanceOf(LarderKeyError);
    await expect(cache.getOrLoad(['k'], () => 1, { ttl: 'soon' as never })).rejects.toThrow(
      "ttl of the cache options is 'soon'",
    );
    await expect(cache.getOrLoad(['k'], () => 1, { jitter: 2, ttl: -1 })).rejects.toBeInstanceOf(LarderOptionsError);
  });

  it('hands out a value it cannot store, says so, and keeps nothing', async () => {
    const value = { run: () => 1 };
    expect(await cache.getOrLoad(['k'], () => value)).toBe(value);
    expect(Object.isFrozen(value)).toBe(false);
    expect(await cache.has(['k'])).toBe(false);
    expect(events).toMatchObject([{ type: 'refused', id: 'k', error: { path: 'value.run', code: 'LARDER_VALUE' } }]);
    expect(cache.stats().refused).toBe(1);
  });

  it('protects binary data by copies', async () => {
    const load = () => ({ file: Buffer.from('abc') });
    const first = await cache.getOrLoad(['k'], load);
    first.file.fill(0);
    const second = await cache.getOrLoad(['k'], load);
    second.file.fill(0);
    expect((await cache.getOrLoad(['k'], load)).file.toString()).toBe('abc');
  });

  it('lets a load see that the cache closes', async () => {
    const seen = defer<void>();
    const answer = cache.getOrLoad(['k'], async ({ signal }) => {
      signal.addEventListener('abort', () => seen.resolve());
      await seen.promise;
      return 'late';
    });
    await cache.close();
    expect(await answer).toBe('late');
    expect(cache.stats().entries).toBe(0);
  });
});

describe('the TTL', () => {
  it('is exact to the millisecond', async () => {
    const load = counting();
    await cache.getOrLoad(['k'], load, { ttl: '5m' });
    clock.advance(299_999);
    expect(await cache.getOrLoad(['k'], load, { ttl: '5m' })).toEqual({ version: 1 });
    clock.advance(1);
    expect(await cache.getOrLoad(['k'], load, { ttl: '5m' })).toEqual({ version: 2 });
  });

  it('counts from when the value was stored', async () => {
    const loaded = defer<string>();
    const answer = cache.getOrLoad(['k'], () => loaded.promise, { ttl: 100 });
    clock.advance(1000);
    loaded.resolve('slow');
    await answer;
    clock.advance(99);
    expect(await cache.get(['k'])).toBe('slow');
  });

  it('may be longer than a timer can be, or for ever', async () => {
    await cache.set(['month'], 1, { ttl: '30d' });
    await cache.set(['ever'], 1, { ttl: Number.POSITIVE_INFINITY });
    clock.advance(30 * 86_400_000 - 1);
    expect(await cache.has(['month'])).toBe(true);
    clock.advance(1);
    expect(await cache.has(['month'])).toBe(false);
    expect(await cache.has(['ever'])).toBe(true);
  });

  it('is shortened by jitter, never lengthened', async () => {
    for (const [chance, lifetime] of [
      [0, 1000],
      [0.5, 900],
      [0.999_999, 800],
    ] as const) {
      const jittery = await make({ random: () => chance });
      await jittery.set(['k'], 1, { ttl: 1000, jitter: 0.2 });
      clock.advance(lifetime - 1);
      expect(await jittery.has(['k'])).toBe(true);
      clock.advance(1);
      expect(await jittery.has(['k'])).toBe(false);
    }
  });

  it('frees what has expired each minute, and counts it', async () => {
    await cache.set(['short'], 1, { ttl: '30s' });
    await cache.set(['long'], 1, { ttl: '10m' });
    clock.advance(60_000);
    expect(cache.stats()).toMatchObject({ entries: 1, expirations: 1 });
    clock.advance(600_000);
    expect(cache.stats()).toMatchObject({ entries: 0, expirations: 2, bytes: 0 });
  });

  it('frees what was invalidated too, however much there is', async () => {
    for (let n = 0; n < 5000; n++) await cache.set(['k', n], n, { ttl: '1h' });
    await cache.set(['other'], 1, { ttl: '1h' });
    await cache.invalidate(['k']);
    clock.advance(60_010);
    expect(cache.stats()).toMatchObject({ entries: 1, expirations: 0 });
  });
});

describe('invalidate', () => {
  const paths = [
    ['tournaments', 'list', { page: 1 }],
    ['tournaments', 'list', { page: 2 }],
    ['tournaments', '42'],
    ['tournaments', '42', 'scores'],
    ['tournaments', '421'],
    ['items', '42'],
  ] as const;

  beforeEach(async () => {
    for (const key of paths)
      await cache.set(key, 'value', { tags: key[0] === 'items' ? ['venue:7'] : [tag('venue:8')] });
  });

  async function left(): Promise<string[]> {
    const found = await Promise.all(
      paths.map(async (key) =>
        (await cache.has(key))
          ? key
              .slice(0, 3)
              .map((p) => JSON.stringify(p))
              .join()
          : '',
      ),
    );
    return found.filter((name) => name !== '').map((name) => name.replaceAll('"', ''));
  }

  it.each([
    ['a key and what lies below it', [['tournaments', '42'] as const], 4],
    ['a prefix', [['tournaments'] as const], 1],
    ['a part of a list', [['tournaments', 'list'] as const], 4],
    ['a tag', [tag('venue:7')], 5],
    ['everything', [pattern('*')], 0],
    ['a pattern that is a prefix', [pattern('tournaments:*')], 1],
    ['a pattern that is none, with what lies below', [pattern('*:42')], 3],
    ['a pattern in the middle', [pattern('tournaments:*:scores')], 5],
    ['several targets', [['items'] as const, tag('venue:8')], 0],
    ['a key nobody stored', [['tournaments', '4'] as const], 6],
    ['nothing', [], 6],
  ])('reaches %s and nothing else', async (_, targets, remaining) => {
    expect(await cache.invalidate(...targets)).toEqual({ delivered: true });
    expect(await left()).toHaveLength(remaining);
  });

  it('says when a pattern had to be searched for', async () => {
    await cache.invalidate(pattern('*:42'), pattern('items:*'));
    expect(events).toEqual([{ type: 'searched', glob: '*:42', matched: 2 }]);
  });

  it('reaches loads under way by a pattern too', async () => {
    const loaded = defer<string>();
    const answer = cache.getOrLoad(['tournaments', '7', 'scores'], () => loaded.promise);
    await cache.invalidate(pattern('tournaments:*:scores'));
    loaded.resolve('old');
    await answer;
    expect(await cache.has(['tournaments', '7', 'scores'])).toBe(false);
  });

  it('refuses what is no target, before anything is invalidated', async () => {
    await expect(cache.invalidate(['items'], 'tournaments' as never)).rejects.toThrow('not a key, a tag or a pattern');
    expect(await left()).toHaveLength(6);
  });
});

describe('a load that an invalidation overtakes', () => {
  it('never puts its value back', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k'], () => old.promise);
    await cache.invalidate(['k']);
    old.resolve('old');
    expect(await slow).toBe('old');
    expect(await cache.get(['k'])).toBeUndefined();
    expect(cache.stats().overtaken).toBe(1);
  });

  it('is not joined by those who come after', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k', '1'], () => old.promise);
    await cache.invalidate(['k']);
    expect(await cache.getOrLoad(['k', '1'], () => 'new')).toBe('new');
    old.resolve('old');
    await slow;
    expect(await cache.get(['k', '1'])).toBe('new');
  });

  it('leaves the one that replaced it to those who come later', async () => {
    const [old, fresh] = [defer<string>(), defer<string>()];
    const slow = cache.getOrLoad(['k'], () => old.promise);
    await cache.invalidate(['k']);
    const second = cache.getOrLoad(['k'], () => fresh.promise);
    old.resolve('old');
    await slow;
    const third = cache.getOrLoad(['k'], () => 'a third load');
    fresh.resolve('fresh');
    expect(await Promise.all([second, third])).toEqual(['fresh', 'fresh']);
  });

  it('counts for tags that are read from the value', async () => {
    const old = defer<{ venue: number }>();
    const tags = ({ venue }: { venue: number }) => [tag(`venue:${venue}`)];
    const slow = cache.getOrLoad(['k'], () => old.promise, { tags });
    await cache.invalidate(tag('venue:7'));
    const after = cache.getOrLoad(['k'], () => ({ venue: 7, fresh: true }), { tags });
    old.resolve({ venue: 7 });
    expect(await slow).toEqual({ venue: 7 });
    expect(await after).toEqual({ venue: 7, fresh: true });
    expect(await cache.get(['k'])).toEqual({ venue: 7, fresh: true });
    await cache.invalidate(tag('venue:7'));
    expect(await cache.has(['k'])).toBe(false);
  });

  it('is shared on, when what was invalidated turns out to be another tag', async () => {
    const loaded = defer<{ venue: number }>();
    const load = counting();
    const tags = () => [tag('venue:7')];
    const first = cache.getOrLoad(['k'], () => loaded.promise, { tags });
    await cache.invalidate(tag('venue:8'));
    const second = cache.getOrLoad<unknown>(['k'], load, { tags });
    loaded.resolve({ venue: 7 });
    expect(await second).toBe(await first);
    expect(load.calls).toBe(0);
  });
});

describe('set, setMany, get, has', () => {
  it('store what they are given, nothing included', async () => {
    await cache.setMany([
      [['a'], null],
      [['b'], undefined],
      [['c'], { n: 1 }],
    ]);
    expect(await Promise.all([cache.has(['a']), cache.has(['b']), cache.has(['d'])])).toEqual([true, true, false]);
    expect(await cache.get(['a'])).toBeNull();
    expect(await cache.get(['c'])).toEqual({ n: 1 });
  });

  it('win over a load that began before', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k'], () => old.promise);
    await cache.set(['k'], 'set');
    old.resolve('old');
    await slow;
    expect(await cache.get(['k'])).toBe('set');
  });

  it('refuse a value that cannot be stored and store none of the others', async () => {
    const answer = cache.setMany<unknown>([
      [['a'], 1],
      [['b'], { f() {} }],
    ]);
    await expect(answer).rejects.toThrow('The value of b cannot be cached: value.f is a function.');
    await expect(answer).rejects.toBeInstanceOf(LarderValueError);
    expect(await cache.has(['a'])).toBe(false);
  });
});

describe('getMany', () => {
  it('loads what is missing in one call, in order, and stores it', async () => {
    await cache.set(['u', 2], 'two');
    const asked: unknown[] = [];
    const load = async (missing: readonly (readonly unknown[])[]) => {
      asked.push(missing);
      return missing.map(([, id]) => (id === 9 ? undefined : `loaded ${id}`));
    };
    const keys = [1, 2, 3, 9, 1].map((id) => ['u', id] as const);
    expect(await cache.getMany(keys, load)).toEqual(['loaded 1', 'two', 'loaded 3', undefined, 'loaded 1']);
    expect(asked).toEqual([
      [
        ['u', 1],
        ['u', 3],
        ['u', 9],
      ],
    ]);
    expect(await cache.getMany(keys, load)).toEqual(['loaded 1', 'two', 'loaded 3', undefined, 'loaded 1']);
    expect(asked[1]).toEqual([['u', 9]]);
    expect(cache.stats()).toMatchObject({ loads: 2 });
  });

  it('shares loads with overlapping batches and single reads', async () => {
    const first = defer<string[]>();
    const asked: unknown[] = [];
    const one = cache.getMany(
      [
        ['u', 1],
        ['u', 2],
      ],
      () => first.promise,
    );
    await nextTurn();
    const other = cache.getMany(
      [
        ['u', 2],
        ['u', 3],
      ],
      async (missing) => {
        asked.push(missing);
        return ['three'];
      },
    );
    const single = cache.getOrLoad(['u', 1], () => 'never');
    first.resolve(['one', 'two']);
    expect(await one).toEqual(['one', 'two']);
    expect(await other).toEqual(['two', 'three']);
    expect(await single).toBe('one');
    expect(asked).toEqual([[['u', 3]]]);
  });

  it('rejects all who wait when the load fails or answers the wrong number', async () => {
    const wrong = cache.getMany(
      [
        ['u', 1],
        ['u', 2],
      ],
      async () => ['one'],
    );
    await expect(wrong).rejects.toThrow('asked for 2 values and answered 1');
    await expect(wrong).rejects.toBeInstanceOf(LarderBatchError);
    const failure = new Error('away');
    await expect(cache.getMany([['u', 1]], () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await cache.getMany([['u', 1]], async () => ['one'])).toEqual(['one']);
  });

  it('asks nothing for no keys', async () => {
    expect(await cache.getMany([], () => Promise.reject(new Error('asked')))).toEqual([]);
  });
});

describe('writeThrough', () => {
  it('stores the result and invalidates the targets', async () => {
    await cache.set(['t', 'list'], ['old']);
    await cache.writeThrough(['t', '1'], async () => ({ venue: 7 }), {
      targets: ({ venue }) => [tag(`v:${venue}`), ['t', 'list']],
    });
    expect(await cache.get(['t', '1'])).toEqual({ venue: 7 });
    expect(await cache.has(['t', 'list'])).toBe(false);
  });

  it('stores nothing when two writers of one key overlap, whichever ends last', async () => {
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const writes = { a: defer<string>(), b: defer<string>() };
      const ends = {
        a: cache.writeThrough(['k'], () => writes.a.promise),
        b: cache.writeThrough(['k'], () => writes.b.promise),
      };
      for (const name of order) {
        writes[name].resolve(name);
        expect(await ends[name]).toBe(name);
        expect(await cache.has(['k'])).toBe(false);
      }
      await cache.writeThrough(['k'], () => 'alone');
      expect(await cache.get(['k'])).toBe('alone');
    }
  });

  it('stores nothing when the key was invalidated during the write', async () => {
    const write = defer<string>();
    const end = cache.writeThrough(['k', '1'], () => write.promise);
    await nextTurn();
    await cache.invalidate(['k']);
    write.resolve('written');
    await end;
    expect(await cache.has(['k', '1'])).toBe(false);
  });

  it('invalidates its key when the write fails: it may have been committed', async () => {
    await cache.set(['k'], 'before');
    const failure = new Error('connection lost');
    await expect(cache.writeThrough(['k'], () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await cache.has(['k'])).toBe(false);
    await cache.writeThrough(['k'], () => 'after');
    expect(await cache.get(['k'])).toBe('after');
  });

  it('does not let a read that began before it store the old value', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k'], () => old.promise);
    await cache.writeThrough(['k'], () => 'new');
    old.resolve('old');
    await slow;
    expect(await cache.get(['k'])).toBe('new');
  });
});

describe('inspect and stats', () => {
  it('tell what is stored and whether it would be served', async () => {
    await cache.set(['k', '1'], { n: 1 }, { ttl: 1000, tags: ['t'] });
    clock.advance(400);
    expect(await cache.inspect(['k', '1'])).toMatchObject({
      id: 'k:1',
      tier: 'memory',
      age: 400,
      ttl: 600,
      tags: ['t'],
      stale: false,
    });
    await cache.invalidate(tag('t'));
    expect(await cache.inspect(['k', '1'])).toMatchObject({ stale: true });
    expect(await cache.inspect(['k', '2'])).toBeUndefined();
    await cache.set(['k', '1'], 1, { ttl: 1000 });
    clock.advance(1000);
    expect(await cache.inspect(['k', '1'])).toMatchObject({ ttl: 0, stale: true });
  });

  it('count what happened', async () => {
    await cache.getOrLoad(['k'], () => 1);
    await cache.getOrLoad(['k'], () => 1);
    await cache.get(['k']);
    await cache.get(['other']);
    await cache.invalidate(['k']);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 2, loads: 1, hitRate: 0.5, invalidations: 1, methods: {} });
  });
});

describe('close', () => {
  it('forgets everything, and later calls go to their source', async () => {
    await cache.set(['k'], 1);
    await cache.close();
    await cache.close();
    const load = counting();
    await cache.getOrLoad(['k'], load);
    await cache.getOrLoad(['k'], load);
    expect(load.calls).toBe(2);
  });
});

describe('two caches in one process', () => {
  it('share nothing', async () => {
    const other = await make();
    await cache.set(['k'], 1);
    await other.set(['k'], 2);
    await other.invalidate(pattern('*'));
    expect(await cache.get(['k'])).toBe(1);
    expect(other.stats().entries).toBe(1);
  });
});

describe('an event listener that fails', () => {
  it('does not fail the call', async () => {
    const loud = await make({
      onEvent: () => {
        throw new Error('listener');
      },
    });
    expect(await loud.getOrLoad(['k'], () => ({ f() {} }))).toBeDefined();
  });
});
