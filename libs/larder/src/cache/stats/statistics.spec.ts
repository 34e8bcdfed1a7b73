import { beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCache } from '../../create-cache.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import { LatencyHistogram } from './latency-histogram.js';

let clock: FakeClock;
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  cache = await createCache({ clock, maxEntries: 3 });
});

/** A load that takes this many milliseconds. */
function taking<T>(time: number, value: T) {
  return async () => {
    clock.advance(time);
    return value;
  };
}

it('counts hits and loads by tag, also of entries that are gone', async () => {
  cache = await createCache({ clock, maxEntries: 1 });
  const options = { ttl: 1000, tags: ['venue:7', 'open'] };
  const failing = () => Promise.reject(new Error('away'));
  await cache.getOrLoad(['t', 1], taking(10, 'one'), options);
  await cache.getOrLoad(['t', 1], failing, options);
  await cache.getOrLoad(['t', 1], failing, options);
  await cache.getOrLoad(['t', 2], failing, options).catch(() => {});
  expect(cache.stats().tags['venue:7']).toMatchObject({ hits: 2, loads: 2, errors: 1, loadTime: 10, active: 1 });
  await cache.getOrLoad(['t', 3], taking(1, 'other'), { tags: ['open'] });
  expect(cache.stats().tags['venue:7']).toMatchObject({ hits: 2, active: 0, timeToExpiry: null });
  expect(cache.stats().tags.open).toMatchObject({ hits: 2, loads: 3, active: 1 });
});

it('keeps the figures of tags in use, however many other tags appear', async () => {
  const used = (tag: string, id: number) => cache.getOrLoad([tag, id], taking(1, 'value'), { tags: [tag] });
  for (let number = 0; number < 1000; number++) await used(`before ${number}`, 0);
  for (let id = 0; id < 20; id++) await used('venue:7', id);
  for (let number = 0; number < 3000; number++) {
    await used(`made up ${number}`, 0);
    if (number % 100 === 0) await used('venue:8', number);
  }
  const { tags } = cache.stats();
  expect(Object.keys(tags)).toHaveLength(1000);
  expect(tags['venue:7']).toMatchObject({ loads: 20 });
  expect(tags['venue:8']?.loads).toBeGreaterThan(0);
});

it('keeps figures of at most a thousand tags', async () => {
  const tags = Array.from({ length: 1500 }, (_, number) => `tag ${number}`);
  await cache.getOrLoad(['k'], taking(1, 'value'), { tags });
  expect(Object.keys(cache.stats().tags)).toHaveLength(1000);
});

it('separates active entries from expired ones, and reports when the active ones expire', async () => {
  const stale = { ttl: 1000, staleWhileRevalidate: '1h' } as const;
  await cache.getOrLoad(['k', 1], taking(0, 'short'), stale);
  await cache.getOrLoad(['k', 2], taking(0, 'long'), { ttl: 5000 });
  await cache.getOrLoad(['k', 3], taking(0, 'without expiry'), { ttl: Number.POSITIVE_INFINITY });
  clock.advance(500);
  const timeToExpiry = { soonest: 500, mean: 2500, latest: 4500 };
  expect(cache.stats()).toMatchObject({ entries: 3, active: 3, expired: 0, timeToExpiry });
  clock.advance(500);
  expect(cache.stats()).toMatchObject({ active: 2, expired: 1, timeToExpiry: { soonest: 4000, latest: 4000 } });
});

it('reports load times to within 5 percent', async () => {
  for (let load = 1; load <= 100; load++) await cache.getOrLoad(['k', load], taking(load, load));
  const { p50, p95, p99 } = cache.stats().loadTimes;
  expect(Math.abs((p50 as number) - 50)).toBeLessThanOrEqual(2.5);
  expect(Math.abs((p95 as number) - 95)).toBeLessThanOrEqual(5);
  expect(Math.abs((p99 as number) - 99)).toBeLessThanOrEqual(5);
  expect((await createCache()).stats().loadTimes).toEqual({ p50: null, p95: null, p99: null });
});

it('a percentile of load times is within 5 percent, or one millisecond, of the exact one', () => {
  const times = fc.array(fc.integer({ min: 0, max: 3_600_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), (given, fraction) => {
      const counted = new LatencyHistogram();
      for (const time of given) counted.record(time);
      const sorted = [...given].sort((one, other) => one - other);
      const exact = sorted[Math.max(1, Math.ceil(fraction * sorted.length)) - 1] as number;
      expect(Math.abs((counted.percentile(fraction) as number) - exact)).toBeLessThanOrEqual(1 + 0.05 * exact);
    }),
  );
});
