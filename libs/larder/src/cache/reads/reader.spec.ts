import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { counting } from '../../../../../test/support/counting.js';
import { defer } from '../../../../../test/support/defer.js';
import { LarderBatchError, LarderKeyError, LarderOptionsError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import { tag } from '../../keys/target.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import type { CacheEvent } from '../state/events.js';

let clock: FakeClock;
let events: CacheEvent[];
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  events = [];
  cache = await createCache({ clock, onEvent: (event) => events.push(event) });
});

describe('getOrLoad', () => {
  it('loads once, then returns the same frozen object', async () => {
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
    expect(cache.stats()).toMatchObject({ misses: 1000, coalesced: 999, loads: 1 });
  });

  it('gives all callers the same error, and the next call loads once again', async () => {
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

  it('turns a synchronous error of a load into a rejection', async () => {
    const failure = new Error('no');
    const answer = cache.getOrLoad(['k'], () => {
      throw failure;
    });
    await expect(answer).rejects.toBe(failure);
  });

  it('returns undefined and null without storing them', async () => {
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

  it('rejects for an invalid key or option, and never throws', async () => {
    await expect(cache.getOrLoad(['k', Symbol('s') as never], () => 1)).rejects.toBeInstanceOf(LarderKeyError);
    await expect(cache.getOrLoad(['k'], () => 1, { ttl: 'soon' as never })).rejects.toThrow(
      "invalid ttl of the cache options: got 'soon'",
    );
    await expect(cache.getOrLoad(['k'], () => 1, { jitter: 2, ttl: -1 })).rejects.toBeInstanceOf(LarderOptionsError);
  });

  it('returns a value that it cannot store, reports it, and stores nothing', async () => {
    const value = { run: () => 1 };
    expect(await cache.getOrLoad(['k'], () => value)).toBe(value);
    expect(Object.isFrozen(value)).toBe(false);
    expect(await cache.has(['k'])).toBe(false);
    expect(events).toMatchObject([
      { type: 'uncacheable', id: 'k', error: { path: 'value.run', code: 'LARDER_VALUE' } },
    ]);
    expect(cache.stats().uncacheable).toBe(1);
  });

  it('protects binary data by copies', async () => {
    const load = () => ({ file: Buffer.from('abc') });
    const first = await cache.getOrLoad(['k'], load);
    first.file.fill(0);
    const second = await cache.getOrLoad(['k'], load);
    second.file.fill(0);
    expect((await cache.getOrLoad(['k'], load)).file.toString()).toBe('abc');
  });

  it('aborts the signal of a load when the cache closes', async () => {
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

describe('a load during which its key is invalidated', () => {
  it('does not store its value', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k'], () => old.promise);
    await cache.invalidate(['k']);
    old.resolve('old');
    expect(await slow).toBe('old');
    expect(await cache.get(['k'])).toBeUndefined();
    expect(cache.stats().invalidatedDuringLoad).toBe(1);
  });

  it('is not joined by later calls', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k', '1'], () => old.promise);
    await cache.invalidate(['k']);
    expect(await cache.getOrLoad(['k', '1'], () => 'new')).toBe('new');
    old.resolve('old');
    await slow;
    expect(await cache.get(['k', '1'])).toBe('new');
  });

  it('does not keep later calls from joining the load that replaced it', async () => {
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

  it('respects tags that come from the value', async () => {
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

  it('is still joined if the invalidated tag turns out to be another one', async () => {
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

describe('getMany', () => {
  it('loads the missing keys in one call, in order, and stores them', async () => {
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

  it('rejects all callers when the load fails or returns the wrong number of values', async () => {
    const wrong = cache.getMany(
      [
        ['u', 1],
        ['u', 2],
      ],
      async () => ['one'],
    );
    await expect(wrong).rejects.toThrow('asked for 2 values and returned 1');
    await expect(wrong).rejects.toBeInstanceOf(LarderBatchError);
    const failure = new Error('away');
    await expect(cache.getMany([['u', 1]], () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await cache.getMany([['u', 1]], async () => ['one'])).toEqual(['one']);
  });

  it('does not load for an empty list', async () => {
    expect(await cache.getMany([], () => Promise.reject(new Error('asked')))).toEqual([]);
  });
});
