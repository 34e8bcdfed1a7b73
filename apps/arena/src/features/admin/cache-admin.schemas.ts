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
  refused: count,
  sharedHits: count,
  sharedStale: count,
  bypassed: count,
  loads: count,
  errors: count,
  timeouts: count,
  loadTime: milliseconds,
  loadTimes,
  hitRate: rate,
};

const totals = {
  entries: count,
  evictions: count,
  expirations: count,
  dropped: count,
  invalidatedDuringLoad: count,
  uncacheable: count,
  invalidations: count,
  shared: z
    .object({ hits: count, misses: count, discarded: count, stores: count, failures: count })
    .optional()
    .meta({ description: 'Lookups in Redis, if Redis is configured.' }),
};

const estimate = z.object({ value: rate, from: z.number(), to: z.number().nullable() });
const auditedByAll = {
  reads: count,
  stale: count,
  concurrent: count,
  undecided: count,
  skipped: count,
  share: estimate,
  nines: estimate,
};
const audited = {
  ...auditedByAll,
  worstAge: milliseconds.nullable(),
  causes: z.record(z.string(), count),
};

/** Cache statistics of this process since it started. */
export const adminStats = z
  .object({
    ...calls,
    ...usage,
    ...totals,
    methods: z.record(z.string(), z.object({ ...calls, ...usage })),
    uncached: z
      .record(z.string(), z.string())
      .meta({ description: 'Why results of methods were not cached, by method.' }),
    tags: z.record(
      z.string(),
      z.object({ hits: count, loads: count, errors: count, loadTime: milliseconds, loadTimes, ...usage }),
    ),
    audit: z
      .object({ ...audited, methods: z.record(z.string(), z.object(audited)) })
      .optional()
      .meta({ description: 'Hits that were compared with a fresh load, if `LARDER_AUDIT` is set.' }),
  })
  .meta({ id: 'AdminCacheStats' });

const predicted = z.object({ value: z.number().nullable(), from: z.number(), to: z.number() });
const forecast = { hitRate: predicted, loadsSaved: predicted, loadTimeSaved: predicted };
const choice = z.object({ present: z.number().nullable(), best: z.number().nullable() });

/** Advice of this process; empty without the adviser. */
export const advice = z
  .object({
    span: milliseconds,
    sample: z.object({ keys: count, share: z.number() }),
    memory: z.object({
      maxBytes: choice,
      maxEntries: choice,
      ...forecast,
      sizes: z.array(z.object({ factor: z.number(), maxEntries: count, maxBytes: count, ...forecast })),
      text: z.string(),
    }),
    methods: z.record(
      z.string(),
      z.object({
        calls: count,
        presentHitRate: rate,
        action: z.enum(['keep', 'change', 'stop-caching', 'wait']),
        ttl: choice,
        ttls: z.array(z.object({ ttl: z.number().nullable(), ...forecast })),
        staleWhileRevalidate: choice,
        servedStale: z.number(),
        memoryShare: choice,
        ...forecast,
        wholeTables: z.array(z.object({ table: z.string(), query: z.string() })),
        text: z.string(),
      }),
    ),
  })
  .partial()
  .meta({ id: 'CacheAdvice' });

/** Whether the statistics of all arenas are asked for. */
export const ofFleet = z
  .enum(['0', '1'])
  .default('0')
  .transform((text) => text === '1')
  .meta({ type: 'string', enum: ['0', '1'], description: '1 for the statistics of all arenas.', example: '1' });

const time = z.iso.datetime();

/** Cache statistics of all arenas, each since it started. */
export const fleetStats = z
  .object({
    nodes: z.array(
      z.object({
        id: z.string(),
        host: z.string(),
        pid: count,
        startedAt: time,
        age: milliseconds.meta({ description: 'Milliseconds since its figures were taken.' }),
        isSelf: z.boolean(),
        current: z.boolean(),
        settled: z.boolean(),
        journalLag: milliseconds.nullable(),
        deliveryLag: milliseconds,
        entries: count,
        bytes: count,
        evictions: count,
        hitRate: rate,
      }),
    ),
    ...calls,
    bytes: count,
    ...totals,
    audit: z
      .object(auditedByAll)
      .optional()
      .meta({ description: 'Hits that were compared with a fresh load, if `LARDER_AUDIT` is set.' }),
    methods: z.record(z.string(), z.object(calls)),
    history: z.array(z.object({ at: time, ...calls })),
    problem: z.string().optional().meta({ description: 'Why the other arenas are missing.' }),
  })
  .meta({ id: 'FleetCacheStats' });

/** A stored entry, and why it is a hit or a miss. */
export const entry = z
  .object({
    id: z.string(),
    tier: z.enum(['memory', 'redis']),
    age: milliseconds,
    ttl: milliseconds.nullable().meta({ description: 'Milliseconds until it expires; null if it does not expire.' }),
    staleFor: milliseconds.nullable().optional(),
    size: count,
    loadCost: milliseconds.meta({ description: 'How long its load took; 0 for a value that was set.' }),
    tags: z.array(z.string()),
    dependencies: z.array(z.string()).meta({
      description: 'What its load was observed to read, each with its query.',
      example: ['notifications.user_id = 1, by: select count(*) from "notifications" where "user_id" = $1'],
    }),
    method: z.string().optional(),
    hits: count,
    stale: z.boolean(),
    verdict: z.enum(['hit', 'refresh', 'expired', 'invalidated', 'unconfirmed']),
    reason: z.string().meta({ example: 'Nothing it depends on was invalidated, and it expires in 899000 ms.' }),
  })
  .meta({ id: 'CacheEntry' });

export const clearRequest = z.object({ token: z.string(), expiresAt: z.iso.datetime() }).meta({ id: 'ClearRequest' });

export const clearOrder = z
  .strictObject({ token: z.string().min(1).max(200).meta({ description: 'The token from clear-requests.' }) })
  .meta({ id: 'ClearOrder' });
export type ClearOrder = z.infer<typeof clearOrder>;

export const HALF_CLEARED =
  'This process is cleared. Redis is unreachable: the other processes are cleared as soon as it is back.';

export const halfCleared = z.object({ delivered: z.boolean(), detail: z.string() }).meta({ id: 'HalfCleared' });
export type HalfCleared = z.infer<typeof halfCleared>;
