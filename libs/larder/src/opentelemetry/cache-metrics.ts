import type { Cache } from '../cache/cache.js';
import type { AuditStats } from '../cache/stats/audit-stats.js';
import type { CacheStats, CallStats } from '../cache/stats/statistics.js';
import { listen } from '../observability/channels.js';
import type { Instruments, Observe } from './instruments.js';

const CIRCUIT_STATES = ['closed', 'open', 'probing'] as const;
const PREDICTED = ['used', 'unused', 'failed'] as const;
const CALLS = [
  'hits',
  'stale',
  'misses',
  'coalesced',
  'fallbacks',
  'refused',
  'sharedHits',
  'sharedStale',
  'bypassed',
  'loads',
  'errors',
  'timeouts',
] as const;

/** Ages of hits recorded between two collections: recording one takes as long as several hits. */
const MAX_HIT_AGES = 1000;

/** The label of calls of `Cache` without a decorated method. */
const DIRECT = 'direct';

type Counts = Pick<CallStats, (typeof CALLS)[number]> & {
  /** Values in the memory, and their bytes. */
  readonly entries: number;
  readonly bytes: number;
};

/** Reads the statistics of a cache when metrics are collected, and hears its loads, hits and invalidations. */
export function meterCacheAlone(cache: Cache, instruments: Instruments): (() => void)[] {
  let agesLeft = MAX_HIT_AGES;
  return [
    instruments.observe(
      ['requests', 'coalesced', 'fallbacks', 'loads', 'loadErrors', 'loadTimeouts', 'entries', 'memory'],
      (observe) => {
        agesLeft = MAX_HIT_AGES;
        observeCalls(cache.stats(), observe);
      },
    ),
    instruments.observe(
      [
        'evictions',
        'rejections',
        'tierRequests',
        'tierStores',
        'tierFailures',
        'auditedReads',
        'staleReads',
        'predictiveLoads',
        'predictivePauses',
      ],
      (observe) => observeTotals(cache.stats(), observe),
    ),
    instruments.observe(['journalLag', 'journalCurrent', 'deliveryLag', 'redisCircuit'], (observe) =>
      observeHealth(cache, observe),
    ),
    listen('nest-larder:load', ({ method = DIRECT, duration, result }) =>
      instruments.record('loadDuration', duration, { 'larder.method': method, 'larder.result': result }),
    ),
    listen('nest-larder:hit', ({ method = DIRECT, age }) => {
      if (agesLeft-- > 0) instruments.record('hitAge', age, { 'larder.method': method });
    }),
    listen('nest-larder:refuse', ({ method = DIRECT, age, tier }) =>
      instruments.record('refusedAge', age, { 'larder.method': method, 'larder.tier': tier }),
    ),
    listen('nest-larder:lease', ({ method = DIRECT, duration, result }) =>
      instruments.record('leaseWaits', duration, { 'larder.method': method, 'larder.result': result }),
    ),
    listen('nest-larder:redis', ({ command, duration, result }) =>
      instruments.record('redisDuration', duration, { 'larder.command': command, 'larder.result': result }),
    ),
    listen('nest-larder:invalidate', ({ kind }) => instruments.add('invalidations', 1, { 'larder.kind': kind })),
    listen('nest-larder:journal', ({ type }) => {
      if (type === 'journal-lost') instruments.add('journalLosses', 1, {});
    }),
  ];
}

function observeCalls(stats: CacheStats, observe: Observe): void {
  for (const [method, counts] of [...methodsOf(stats), [DIRECT, directOf(stats)] as const]) {
    const labels = { 'larder.method': method };
    observeRequests(counts, method, observe);
    observe('coalesced', counts.coalesced, labels);
    observe('fallbacks', counts.fallbacks, labels);
    observe('loads', counts.loads, labels);
    observe('loadErrors', counts.errors, labels);
    observe('loadTimeouts', counts.timeouts, labels);
    observe('entries', counts.entries, labels);
    observe('memory', counts.bytes, labels);
  }
}

/** Each call once: a value from Redis is also a miss of the memory in the statistics. */
function observeRequests(counts: Counts, method: string, observe: Observe): void {
  const { hits, stale, misses, refused, sharedHits, sharedStale, bypassed } = counts;
  const requests = (value: number, result: string, tier: string) =>
    observe('requests', Math.max(0, value), { 'larder.method': method, 'larder.result': result, 'larder.tier': tier });
  requests(hits, 'hit', 'memory');
  requests(sharedHits, 'hit', 'redis');
  requests(stale - sharedStale, 'stale', 'memory');
  requests(sharedStale, 'stale', 'redis');
  requests(misses - sharedHits - sharedStale - refused, 'miss', 'source');
  requests(refused, 'refused', 'source');
  requests(bypassed, 'bypass', 'source');
}

function methodsOf({ methods }: CacheStats): (readonly [string, Counts])[] {
  return Object.entries(methods).map(([name, { active, expired, ...counts }]) => [
    name,
    { ...counts, entries: active + expired },
  ]);
}

/** What the methods have not counted. The usage of the memory may be slightly older than that of the methods. */
function directOf(stats: CacheStats): Counts {
  const rest = { ...pick(stats), entries: stats.active + stats.expired, bytes: stats.bytes };
  for (const [, counts] of methodsOf(stats)) {
    for (const name of COUNTED) rest[name] = Math.max(0, rest[name] - counts[name]);
  }
  return rest;
}

const COUNTED = [...CALLS, 'entries', 'bytes'] as const;

function pick(stats: CacheStats): Record<(typeof CALLS)[number], number> {
  return Object.fromEntries(CALLS.map((name) => [name, stats[name]])) as Record<(typeof CALLS)[number], number>;
}

function observeTotals(stats: CacheStats, observe: Observe): void {
  const { shared, audit, predictiveWarming } = stats;
  observe('evictions', stats.evictions, { 'larder.reason': 'full' });
  observe('evictions', stats.expirations, { 'larder.reason': 'expired' });
  observe('evictions', stats.dropped, { 'larder.reason': 'invalidated' });
  observe('rejections', stats.invalidatedDuringLoad, { 'larder.reason': 'invalidated' });
  observe('rejections', stats.uncacheable, { 'larder.reason': 'uncacheable' });
  if (shared !== undefined) {
    observe('tierRequests', shared.hits, { 'larder.result': 'hit' });
    observe('tierRequests', shared.misses - shared.discarded, { 'larder.result': 'miss' });
    observe('tierRequests', shared.discarded, { 'larder.result': 'discarded' });
    observe('tierStores', shared.stores, {});
    observe('tierFailures', shared.failures, {});
  }
  if (predictiveWarming !== undefined) {
    for (const result of PREDICTED) observe('predictiveLoads', predictiveWarming[result], { 'larder.result': result });
    observe('predictivePauses', predictiveWarming.pauses, {});
  }
  if (audit !== undefined) observeAudit(audit, stats.methods, observe);
}

/** The audit names calls of `Cache` by the first part of their key; here they are one, so that keys make no labels. */
function observeAudit(audit: AuditStats, known: CacheStats['methods'], observe: Observe): void {
  const direct = { reads: 0, stale: 0 };
  for (const [method, { reads, stale }] of Object.entries(audit.methods)) {
    if (method in known) {
      observe('auditedReads', reads, { 'larder.method': method });
      observe('staleReads', stale, { 'larder.method': method });
    } else {
      direct.reads += reads;
      direct.stale += stale;
    }
  }
  observe('auditedReads', direct.reads, { 'larder.method': DIRECT });
  observe('staleReads', direct.stale, { 'larder.method': DIRECT });
}

async function observeHealth(cache: Cache, observe: Observe): Promise<void> {
  const { current, journalLag, deliveryLag, circuit } = await cache.health();
  observe('journalCurrent', current ? 1 : 0, {});
  observe('deliveryLag', deliveryLag / 1000, {});
  if (circuit !== undefined) {
    for (const state of CIRCUIT_STATES) observe('redisCircuit', state === circuit ? 1 : 0, { 'larder.state': state });
  }
  // It is infinite before the first contact.
  if (Number.isFinite(journalLag)) observe('journalLag', journalLag / 1000, {});
}
