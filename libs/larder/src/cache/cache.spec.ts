import { beforeEach, describe, expect, it } from '@jest/globals';
import { counting } from '../../../../test/support/counting.js';
import { defer } from '../../../../test/support/defer.js';
import { createCache } from '../create-cache.js';
import type { Key } from '../keys/key.js';
import { pattern, tag } from '../keys/target.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Cache } from './cache.js';
import type { CacheEvent } from './state/events.js';

let clock: FakeClock;
let events: CacheEvent[];
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  events = [];
  cache = await createCache({ clock, onEvent: (event) => events.push(event) });
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

  it.each<[string, object]>([
    ['next to the TTL', { ttl: '5m', tags: ['venue'] }],
    [
      'inherited from a class',
      new (class {
        readonly ttl = '5m';
        get tags() {
          return ['venue'];
        }
      })(),
    ],
  ])('policy is reused only for options with nothing but a TTL: not with tags %s', async (_, options) => {
    const load = counting();
    await cache.getOrLoad(['before'], load, { ttl: '5m' });
    await cache.getOrLoad(['k'], load, options);
    await cache.getOrLoad(['after'], load, { ttl: '5m' });
    await cache.invalidate(tag('venue'));
    expect(await cache.get(['k'])).toBeUndefined();
    expect(await cache.get(['after'])).toEqual({ version: 3 });
  });

  it('of one call does not affect other calls, however many TTLs there are', async () => {
    for (let ttl = 1; ttl <= 300; ttl++) await cache.getOrLoad(['k', ttl], () => ttl, { ttl });
    clock.advance(150);
    expect(await cache.get(['k', 150])).toBeUndefined();
    expect(await cache.get(['k', 151])).toBe(151);
    await expect(cache.getOrLoad(['k'], () => 1, { ttl: -1 })).rejects.toMatchObject({ name: 'LarderOptionsError' });
  });

  it('may be longer than the longest timer, or infinite', async () => {
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
      const jittery = await createCache({ clock, onEvent: (event) => events.push(event), random: () => chance });
      await jittery.set(['k'], 1, { ttl: 1000, jitter: 0.2 });
      clock.advance(lifetime - 1);
      expect(await jittery.has(['k'])).toBe(true);
      clock.advance(1);
      expect(await jittery.has(['k'])).toBe(false);
    }
  });

  it('removes expired entries each minute, and counts them', async () => {
    await cache.set(['short'], 1, { ttl: '30s' });
    await cache.set(['long'], 1, { ttl: '10m' });
    clock.advance(60_000);
    expect(cache.stats()).toMatchObject({ entries: 1, expirations: 1 });
    clock.advance(600_000);
    expect(cache.stats()).toMatchObject({ entries: 0, expirations: 2, bytes: 0 });
  });

  it('removes invalidated entries too, however many there are', async () => {
    for (let n = 0; n < 5000; n++) await cache.set(['k', n], n, { ttl: '1h' });
    await cache.set(['other'], 1, { ttl: '1h' });
    await cache.invalidate(['k']);
    clock.advance(60_010);
    expect(cache.stats()).toMatchObject({ entries: 1, expirations: 0 });
  });
});

describe('inspect and stats', () => {
  it('report what is stored and whether it would be served', async () => {
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

  it('count calls and loads', async () => {
    await cache.getOrLoad(['k'], () => 1);
    await cache.getOrLoad(['k'], () => 1);
    await cache.get(['k']);
    await cache.get(['other']);
    await cache.invalidate(['k']);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 2, loads: 1, hitRate: 0.5, invalidations: 1, methods: {} });
  });
});

describe('close', () => {
  it('removes everything, and later calls load from their source', async () => {
    await cache.set(['k'], 1);
    await cache.close();
    await cache.close();
    const load = counting();
    await cache.getOrLoad(['k'], load);
    await cache.getOrLoad(['k'], load);
    expect(load.calls).toBe(2);
  });
});

describe('hits of keys whose joined parts are equal', () => {
  it('get their own values, whichever was stored first', async () => {
    const keys: readonly Key[] = [
      ['items', 'a', 'b'],
      ['items', 'a:b'],
      ['items:a', 'b'],
      ['items', 'a%3Ab'],
      ['items', ''],
      ['items'],
    ];
    for (const order of [keys, [...keys].reverse()]) {
      const cache = await createCache();
      const read = (key: Key) => cache.getOrLoad(key, async () => JSON.stringify(key));
      for (let time = 0; time < 3; time++) {
        for (const key of order) expect(await read(key)).toBe(JSON.stringify(key));
      }
      expect(cache.stats()).toMatchObject({ loads: keys.length, hits: 2 * keys.length });
      await cache.close();
    }
  });
});

describe('two caches in one process', () => {
  it('share nothing', async () => {
    const other = await createCache({ clock });
    await cache.set(['k'], 1);
    await other.set(['k'], 2);
    await other.invalidate(pattern('*'));
    expect(await cache.get(['k'])).toBe(1);
    expect(other.stats().entries).toBe(1);
  });
});

describe('an event listener that fails', () => {
  it('does not fail the call', async () => {
    const loud = await createCache({
      clock,
      onEvent: () => {
        throw new Error('listener');
      },
    });
    expect(await loud.getOrLoad(['k'], () => ({ f() {} }))).toBeDefined();
  });
});
