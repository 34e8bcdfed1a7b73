import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCache } from '../../create-cache.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import { LatencyHistogram } from '../stats/latency-histogram.js';
import { addPacked, packed, unpacked } from '../stats/packed-calls.js';
import { CallCounters, Statistics } from '../stats/statistics.js';
import { mergeReports } from './fleet-stats.js';
import { callsOf, readReport } from './node-report.js';

/** Lets the promises of a report settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function pass(clock: FakeClock, milliseconds: number): Promise<void> {
  clock.advance(milliseconds);
  await settle();
}

async function read(cache: Cache, key: string, times: number): Promise<void> {
  for (let call = 0; call < times; call++) await cache.getOrLoad([key], async () => key, { ttl: '1d' });
}

it('the fleet is this node without Redis, also if nothing is published', async () => {
  const cache = await createCache({ clock: new FakeClock() });
  await read(cache, 'a', 4);
  const { nodes, hits, misses, hitRate, entries, history, problem } = await cache.stats({ fleet: true });
  expect({ hits, misses, hitRate, entries, history, problem }).toEqual({
    hits: 3,
    misses: 1,
    hitRate: 0.75,
    entries: 1,
    history: [],
    problem: undefined,
  });
  expect(nodes).toEqual([
    expect.objectContaining({ pid: process.pid, isSelf: true, age: 0, hitRate: 0.75, current: true, journalLag: 0 }),
  ]);
});

it('has the totals of stats(), and the load times of all methods', async () => {
  const clock = new FakeClock();
  const cache = await createCache({ clock, maxEntries: 2 });
  for (let load = 1; load <= 100; load++) {
    await cache.getOrLoad(['k', load], async () => {
      clock.advance(load);
      return load;
    });
  }
  await cache.invalidate(['k']);
  const fleet = await cache.stats({ fleet: true });
  expect(cache.stats()).toMatchObject({
    ...Object.fromEntries(Object.entries(fleet).filter(([name]) => TOTALS.includes(name))),
    loadTimes: fleet.loadTimes,
  });
  expect(fleet).toMatchObject({ loads: 100, evictions: 98, invalidations: 1 });
});

const TOTALS = ['hits', 'misses', 'loads', 'loadTime', 'hitRate', 'entries', 'bytes', 'evictions', 'invalidations'];

it('keeps the calls of each minute of the last hour, and no more', async () => {
  const clock = new FakeClock();
  const cache = await createCache({ clock, fleetStats: '5s' });
  const start = clock.now();
  await pass(clock, 200);
  for (let minute = 0; minute < 90; minute++) {
    await read(cache, 'a', minute + 1);
    for (let report = 0; report < 12; report++) await pass(clock, 5000);
  }
  const { history, hits, misses } = await cache.stats({ fleet: true });
  expect(hits + misses).toBe((90 * 91) / 2);
  expect(history).toHaveLength(59);
  expect(history.at(-1)).toMatchObject({ at: new Date(start + 89 * 60_000), hits: 90, misses: 0, hitRate: 1 });
  expect(history[0]).toMatchObject({ at: new Date(start + 31 * 60_000), hits: 32 });
});

it('counts nothing twice, and keeps the counts of the time after the last report when the cache closes', async () => {
  const clock = new FakeClock();
  const cache = await createCache({ clock, fleetStats: true });
  await read(cache, 'a', 3);
  await pass(clock, 200);
  for (let report = 0; report < 5; report++) await pass(clock, 5000);
  await read(cache, 'a', 2);
  await cache.close();
  const { history } = await cache.stats({ fleet: true });
  expect(history.map(({ hits, misses }) => hits + misses)).toEqual([5]);
});

it('publishes nothing after close(), nor with background work off', async () => {
  const clock = new FakeClock();
  const off = await createCache({ clock, fleetStats: '1s', background: false });
  const closed = await createCache({ clock, fleetStats: '1s' });
  await closed.close();
  for (const cache of [off, closed]) await read(cache, 'a', 2);
  for (let second = 0; second < 5; second++) await pass(clock, 1000);
  for (const cache of [off, closed]) expect((await cache.stats({ fleet: true })).history).toEqual([]);
});

it('refuses an interval outside 1 s to 1 min', async () => {
  await expect(createCache({ fleetStats: '500ms' })).rejects.toMatchObject({
    problems: [
      "invalid option fleetStats: got '500ms', expected milliseconds or a duration from '1s' to '1m', or 'off'",
    ],
  });
});

it('percentiles of several nodes are those of all their loads together', () => {
  const times = fc.array(fc.integer({ min: 0, max: 3_600_000 }), { maxLength: 100 });
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), (nodes) => {
      const together = new LatencyHistogram();
      const merged = new CallCounters();
      for (const loads of nodes) {
        const counters = new CallCounters();
        for (const time of loads) {
          counters.loaded(time);
          together.record(time);
        }
        addPacked(JSON.parse(JSON.stringify(packed(counters))), merged);
      }
      expect(merged.snapshot().loadTimes).toEqual(together.snapshot());
    }),
  );
});

it('ignores counts of another release or of garbage', () => {
  const fields = { h: 2, zz: 9, 5: 1, 999: 4, m: 'many', l: -1, e: Number.NaN } as never;
  expect(unpacked(fields).snapshot()).toMatchObject({ hits: 2, misses: 0, loads: 0, errors: 0 });
  expect([...unpacked(fields).times.counts()]).toEqual([[5, 1]]);
  for (const text of ['', 'null', '[]', '7', '{"version":1}', '{"version":2,"node":{}}'])
    expect(readReport(text)).toBeUndefined();
});

it('a report has 50 methods at most, those called most, and the others together', () => {
  const statistics = new Statistics();
  for (let number = 0; number < 400; number++) {
    const counters = statistics.method(`Class.${number}${'long'.repeat(100)}`);
    counters.hits = number;
    for (let bucket = 0; bucket < 300; bucket++) counters.loaded(2 ** (bucket / 8));
  }
  const { calls, methods } = callsOf(statistics);
  expect(Object.keys(methods).length).toBeLessThanOrEqual(51);
  const hits = Object.values(methods).map(({ h = 0 }) => h);
  expect(hits.reduce((sum, each) => sum + each, 0)).toBe(calls.h);
  expect(JSON.stringify(methods).length).toBeLessThan(110_000);
  expect(methods.others?.h).toBe((349 * 350) / 2);
  for (const name of ['a', 'b']) statistics.method(`${'long'.repeat(100)}${name}`).hits = 1000;
  expect(callsOf(statistics).methods['long'.repeat(25)]?.h).toBe(2000);
});

it('adds up the audits of the nodes that audit', () => {
  const report = { version: 1, node: { id: 'a', host: 'h', pid: 1 }, startedAt: 0, at: 0, calls: {}, methods: {} };
  const own = { ...report, totals: {} as never, state: {} as never } as const;
  const audit = { reads: 100, stale: 1, concurrent: 0, undecided: 0, skipped: 0 };
  const reports = [own, { ...own, audit }, { ...own, audit }] as never[];
  expect(mergeReports(reports, [], 'a', 0).audit).toMatchObject({ reads: 200, stale: 2, share: { value: 0.99 } });
  expect(mergeReports([own] as never[], [], 'a', 0).audit).toBeUndefined();
});
