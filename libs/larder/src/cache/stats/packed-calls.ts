import { CallCounters } from './statistics.js';

/**
 * Counts of calls in few bytes, for other processes: a letter for each count, and the number of a bucket of load times for each
 * bucket in use. Counts of 0 are left out. Those of several processes are added field by field.
 */
export type PackedCalls = Readonly<Record<string, number>>;

const LETTERS = {
  hits: 'h',
  stale: 's',
  misses: 'm',
  fallbacks: 'f',
  coalesced: 'c',
  refused: 'r',
  sharedHits: 'v',
  sharedStale: 'w',
  bypassed: 'b',
  loads: 'l',
  errors: 'e',
  timeouts: 't',
  loadTime: 'd',
} as const;

type Counted = keyof typeof LETTERS;
const COUNTED = Object.entries(LETTERS) as readonly (readonly [Counted, string])[];

export function packed(counters: CallCounters): PackedCalls {
  const fields: Record<string, number> = {};
  for (const [name, letter] of COUNTED) {
    // Redis adds whole numbers.
    const count = Math.round(counters[name]);
    if (count > 0) fields[letter] = count;
  }
  for (const [bucket, count] of counters.times.counts()) fields[bucket] = count;
  return fields;
}

/** Fields that are no counts are ignored: a later release may add some. */
export function addPacked(fields: PackedCalls, total: CallCounters): void {
  for (const [name, letter] of COUNTED) total[name] += countIn(fields[letter]);
  for (const [field, count] of Object.entries(fields)) {
    if (/^\d{1,3}$/.test(field)) total.times.addTo(Number(field), countIn(count));
  }
}

export function unpacked(fields: PackedCalls): CallCounters {
  const counters = new CallCounters();
  addPacked(fields, counters);
  return counters;
}

/** What has been counted since `before`. */
export function increase(now: PackedCalls, before: PackedCalls): PackedCalls {
  const grown = Object.entries(now).map(([field, count]) => [field, count - (before[field] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}

export function sum(one: PackedCalls, other: PackedCalls): PackedCalls {
  const total: Record<string, number> = { ...one };
  for (const [field, count] of Object.entries(other)) total[field] = (total[field] ?? 0) + count;
  return total;
}

function countIn(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
