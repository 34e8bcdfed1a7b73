import { z } from 'zod';

const count = z.int();
const milliseconds = z.number();
const rate = z.number().nullable();
const loadTimes = z.object({
  p50: milliseconds.nullable(),
  p95: milliseconds.nullable(),
  p99: milliseconds.nullable(),
});

const usage = {
  active: count,
  expired: count,
  bytes: count,
  timeToExpiry: z.object({ soonest: milliseconds, mean: milliseconds, latest: milliseconds }).nullable(),
};

const calls = {
  hits: count,
  stale: count,
  misses: count,
  fallbacks: count,
  coalesced: count,
  loads: count,
  errors: count,
  timeouts: count,
  loadTime: milliseconds,
  loadTimes,
  hitRate: rate,
};

/** What this process's cache has done since it started. */
export const adminStats = z
  .object({
    ...calls,
    ...usage,
    entries: count,
    evictions: count,
    expirations: count,
    invalidatedDuringLoad: count,
    uncacheable: count,
    invalidations: count,
    shared: z
      .object({ hits: count, misses: count, discarded: count, stores: count, failures: count })
      .optional()
      .meta({ description: 'What came of asking Redis, where there is one.' }),
    methods: z.record(z.string(), z.object({ ...calls, ...usage })),
    tags: z.record(
      z.string(),
      z.object({ hits: count, loads: count, errors: count, loadTime: milliseconds, loadTimes, ...usage }),
    ),
  })
  .meta({ id: 'AdminCacheStats' });

/** What is stored under a key, and why it would be served or not. */
export const entry = z
  .object({
    id: z.string(),
    tier: z.enum(['memory', 'redis']),
    age: milliseconds,
    ttl: milliseconds.nullable().meta({ description: 'Milliseconds left; null if it does not expire.' }),
    staleFor: milliseconds.nullable().optional(),
    size: count,
    loadCost: milliseconds.meta({ description: 'How long its load took; 0 for what was set.' }),
    tags: z.array(z.string()),
    method: z.string().optional(),
    hits: count,
    stale: z.boolean(),
    verdict: z.enum(['hit', 'refresh', 'expired', 'invalidated', 'unconfirmed']),
    reason: z.string().meta({ example: 'Nothing it depends on was invalidated, and it expires in 899000 ms.' }),
  })
  .meta({ id: 'CacheEntry' });

export const clearRequest = z.object({ token: z.string(), expiresAt: z.iso.datetime() }).meta({ id: 'ClearRequest' });

export const clearOrder = z
  .strictObject({ token: z.string().min(1).max(200).meta({ description: 'What clear-requests answered.' }) })
  .meta({ id: 'ClearOrder' });
export type ClearOrder = z.infer<typeof clearOrder>;

export const HALF_CLEARED =
  'This arena has forgotten everything. Redis is away: the other arenas forget everything as soon as it is back.';

export const halfCleared = z.object({ delivered: z.boolean(), detail: z.string() }).meta({ id: 'HalfCleared' });
export type HalfCleared = z.infer<typeof halfCleared>;
