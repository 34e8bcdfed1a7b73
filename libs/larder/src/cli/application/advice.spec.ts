import { describe, expect, it } from '@jest/globals';
import type { RedisStatistics } from '../shared-cache/statistics.js';
import { adviceFor } from './advice.js';
import type { ProcessStatistics } from './process-statistics.js';

const METHOD = {
  hits: 9_000,
  stale: 0,
  misses: 1_000,
  fallbacks: 0,
  coalesced: 0,
  refused: 0,
  sharedHits: 0,
  sharedStale: 0,
  bypassed: 0,
  loads: 1_000,
  errors: 0,
  timeouts: 0,
  loadTime: 20_000,
  loadTimes: { p50: 10, p95: 40, p99: 90 },
  hitRate: 0.9,
  active: 100,
  expired: 0,
  bytes: 100_000,
  timeToExpiry: { soonest: 100, mean: 30_000, latest: 60_000 },
};
const SHARED = { hits: 900, misses: 1_000, discarded: 0, stores: 1_000, failures: 0 };
const HEALTHY = {
  ...METHOD,
  entries: 100,
  evictions: 0,
  expirations: 900,
  invalidations: 100,
  invalidatedDuringLoad: 0,
  uncacheable: 0,
  shared: SHARED,
  audit: undefined,
  methods: {},
} satisfies ProcessStatistics;

const withMethod = (changed: object): ProcessStatistics => ({
  ...HEALTHY,
  methods: { 'Venues.one': { ...METHOD, ...changed }, 'Venues.all': METHOD },
});

function redisWith(raisedPerSecond: number, records = 200): RedisStatistics {
  const redis = { versions: ['7.4.0'], memoryUsed: 1, memoryPeak: 1, clients: 1, keys: 1, hitRate: 0.5 };
  return { redis, slots: 65_536, journal: { records, span: 60_000, slotsPerRecord: 2, raisedPerSecond, origins: {} } };
}

describe('adviceFor', () => {
  it('has nothing to say about a healthy cache', () => {
    expect(adviceFor([withMethod({})], redisWith(1))).toEqual([]);
  });

  it.each<[string, object, RegExp, RegExp]>([
    [
      'a low hit rate',
      { hits: 100, misses: 900, timeToExpiry: null },
      /^10\.0 % of 1,000 calls were hits; 1,000 loads$/,
      /its key has only/,
    ],
    [
      'a low hit rate with a short TTL',
      { hits: 100, misses: 900, timeToExpiry: { soonest: 1, mean: 2_000, latest: 4_000 } },
      /none of its 100 entries in memory lives longer than 4s/,
      /Raise its ttl/,
    ],
    [
      'large values',
      { active: 15, expired: 5, bytes: 20 * 1024 * 1024 },
      /^20 entries in memory take 20 MB, 1 MB each$/,
      /a page/,
    ],
    ['failing loads', { errors: 100, timeouts: 3 }, /^100 of 1,000 loads failed, and 3 exceeded/, /staleIfError/],
    ['slow loads', { loadTimes: { p50: 1, p95: 2_500, p99: 9 } }, /5 % of the loads took 3s or longer/, /refreshAhead/],
  ])('names a method with %s, and its figures', (_name, changed, figures, remedy) => {
    expect(adviceFor([withMethod(changed)], undefined)).toEqual([
      { subject: 'Venues.one', figures: expect.stringMatching(figures), remedy: expect.stringMatching(remedy) },
    ]);
  });

  it.each<[string, object, string, RegExp]>([
    ['evictions', { evictions: 500 }, 'memory', /^1 process evicted 500 entries in 1,000 loads, and holds 100 entries/],
    [
      'loads that an invalidation overtook',
      { invalidatedDuringLoad: 80 },
      'invalidations',
      /^80 of 1,000 loaded values/,
    ],
    ['uncacheable values', { uncacheable: 1 }, 'values', /^1 loaded value could not be stored$/],
    [
      'failures of Redis',
      { shared: { ...SHARED, failures: 100 } },
      'Redis',
      /^100 calls of Redis failed .* 1,900 lookups$/,
    ],
    ['unreadable bytes', { shared: { ...SHARED, discarded: 60 } }, 'Redis', /^60 of 1,000 misses in Redis/],
  ])('names %s, and their figures', (_name, changed, subject, figures) => {
    expect(adviceFor([{ ...HEALTHY, ...changed }], undefined)).toEqual([
      { subject, figures: expect.stringMatching(figures), remedy: expect.any(String) },
    ]);
  });

  it('names a table of versions that is too small for the invalidations', () => {
    // 6 × 100 × 3600 ÷ 65,536
    expect(adviceFor([HEALTHY], redisWith(100))).toEqual([
      {
        subject: 'version table',
        figures: expect.stringContaining('missed about 33 times an hour'),
        remedy: expect.stringContaining('LARDER_SLOTS'),
      },
    ]);
  });

  it('says nothing on the basis of a few calls', () => {
    const few = {
      hits: 0,
      misses: 20,
      loads: 20,
      errors: 20,
      active: 2,
      bytes: 9_000_000,
      loadTimes: { p50: 1, p95: 9_999, p99: 1 },
    };
    const shared = { ...SHARED, hits: 0, misses: 10, failures: 10, discarded: 10 };
    const starting = { ...withMethod(few), loads: 20, evictions: 10, invalidatedDuringLoad: 10, shared };
    expect(adviceFor([starting], redisWith(1_000, 20))).toEqual([]);
  });
});
