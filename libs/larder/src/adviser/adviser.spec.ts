import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, expect, test } from '@jest/globals';
import type { Duration } from '../base/units.js';
import type { Cache } from '../cache/cache.js';
import type { Advice, MethodAdvice } from '../cache/stats/advice.js';
import { createCache } from '../create-cache.js';
import { FakeClock } from '../testing/fake-clock.js';

const KEYS = 3000;
const READS = 40_000;
const MAX_ENTRIES = 300;
const TTL = 60_000;

const open = new Set<Cache>();
afterEach(async () => {
  for (const cache of open) await cache.close();
  open.clear();
});

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Popular keys that change over time, scans of keys that are read once, and writes: the same for each run. */
async function run(options: { readonly maxEntries?: number; readonly ttl?: number; readonly adviser?: boolean }) {
  const { maxEntries = MAX_ENTRIES, ttl = TTL, adviser = false } = options;
  const clock = new FakeClock();
  const cache = await createCache({ clock, maxEntries, adviser });
  open.add(cache);
  const random = randomOf(7);
  for (let read = 0; read < READS; read++) {
    clock.advance(20);
    const rank = Math.floor(KEYS ** random());
    const id = read % 50 < 5 ? `scan-${read}` : String(rank + Math.floor(read / 2000));
    if (random() < 0.02) await cache.invalidate(['items', id]);
    await cache.getOrLoad(['items', id], () => ({ id }), { ttl });
  }
  return { hitRate: cache.stats().hitRate as number, advice: cache.advice() as Advice };
}

test('predicts the hit rates of other sizes and TTLs for traffic with writes, within three points', async () => {
  const { advice, hitRate } = await run({ adviser: true });
  const errors: number[] = [];
  for (const { factor, hitRate: predicted } of advice.memory.sizes) {
    const actual = factor === 1 ? hitRate : (await run({ maxEntries: MAX_ENTRIES * factor })).hitRate;
    errors.push(Math.abs((predicted.value as number) - actual));
  }
  for (const { ttl, hitRate: predicted } of advice.methods.items?.ttls ?? []) {
    const actual = (await run({ ttl: ttl ?? Number.POSITIVE_INFINITY })).hitRate;
    errors.push(Math.abs((predicted.value as number) - actual));
  }
  expect(errors).toHaveLength(9);
  if (process.env.LARDER_TEST_FIGURES) console.log(hitRate, JSON.stringify(advice, undefined, 1), errors);
  expect(Math.max(...errors)).toBeLessThan(0.03);
});

async function fill(cache: Cache, ids: readonly number[], clock: FakeClock, family = 'items', ttl: Duration = '1m') {
  for (const id of ids) {
    const load = () => {
      clock.advance(5);
      return { id };
    };
    await cache.getOrLoad([family, id], load, { ttl });
    clock.advance(10);
  }
}

async function newCache(options: { readonly maxEntries?: number; readonly audit?: number } = {}) {
  const clock = new FakeClock();
  const cache = await createCache({ clock, adviser: true, maxEntries: 1000, ...options });
  open.add(cache);
  return { cache, clock };
}

const range = (length: number, start = 0) => Array.from({ length }, (_, index) => start + index);

test('names keys that are never read twice', async () => {
  const { cache, clock } = await newCache();
  await fill(cache, range(3000), clock, 'exports');
  for (let round = 0; round < 30; round++) await fill(cache, range(20), clock, 'venues');
  const { exports, venues } = (cache.advice() as Advice).methods;
  expect(exports).toMatchObject({ action: 'stop-caching', memoryShare: { best: 0 } });
  expect(exports?.text).toContain('stop caching it');
  expect(venues?.action).not.toBe('stop-caching');
  expect(venues?.memoryShare.best).toBe(1);
});

test('says nothing about few calls', async () => {
  const { cache, clock } = await newCache();
  await fill(cache, range(20), clock);
  const { memory, methods } = cache.advice() as Advice;
  expect(memory.text).toContain('Too few calls');
  expect(methods.items?.action).toBe('wait');
});

test('is off without the option', async () => {
  const cache = await createCache();
  open.add(cache);
  expect(cache.advice()).toBeUndefined();
});

test('counts no eviction of a simulated cache, neither in statistics nor on the channel', async () => {
  const evicted: unknown[] = [];
  const listener = (message: unknown) => evicted.push(message);
  subscribe('nest-larder:evict', listener);
  const { cache, clock } = await newCache({ maxEntries: 100 });
  await fill(cache, range(100), clock);
  // The simulation of half the memory has evicted by now.
  expect(cache.stats().evictions).toBe(0);
  await fill(cache, range(5, 100), clock);
  unsubscribe('nest-larder:evict', listener);
  expect(evicted).toHaveLength(5);
  expect(cache.stats().evictions).toBe(5);
});

test('recommends the stale-while-revalidate that serves most reads after an expiry', async () => {
  const { cache, clock } = await newCache();
  for (let round = 0; round < 40; round++) {
    await fill(cache, range(20), clock, 'scores', '5s');
    clock.advance(60_000);
  }
  const { staleWhileRevalidate, servedStale, hitRate } = (cache.advice() as Advice).methods.scores as MethodAdvice;
  expect(staleWhileRevalidate).toEqual({ present: 0, best: 65_536 });
  expect(servedStale).toBeGreaterThan(0.9);
  expect(hitRate.value).toBeGreaterThan(0.9);
});

test('recommends no infinite TTL without an audit', async () => {
  const { cache, clock } = await newCache();
  for (let round = 0; round < 300; round++) {
    await fill(cache, [1], clock, 'scores', '1s');
    clock.advance(5000);
  }
  const { scores } = (cache.advice() as Advice).methods;
  expect(scores?.ttls.at(-1)?.hitRate.value).toBeGreaterThan(0.99);
  expect(scores?.ttl).toEqual({ present: 1000, best: 1000 });
});

test('recommends an infinite TTL after an audit that found every change invalidated', async () => {
  const { cache, clock } = await newCache({ audit: 1 });
  for (let round = 0; round < 60; round++) {
    await fill(cache, Array(50).fill(1), clock, 'scores', '1s');
    // The audit makes ten loads a second.
    for (let second = 0; second < 5; second++) await settled(clock);
  }
  const audited = cache.stats().audit?.methods.scores?.reads ?? 0;
  const { scores } = (cache.advice() as Advice).methods;
  expect(audited).toBeGreaterThan(1000);
  expect(scores).toMatchObject({ action: 'change', ttl: { present: 1000, best: null } });
  expect(scores?.text).toContain('TTL can be infinite: the audit compared');
  expect(scores?.hitRate.value).toBeGreaterThan(0.99);
});

async function settled(clock: FakeClock): Promise<void> {
  clock.advance(1000);
  await new Promise((resolve) => void setImmediate(resolve));
}
