import { toBytes, toMilliseconds } from '../base/units.js';
import { toCompressFrom } from '../cache/policy/policy.js';

/** Options that are one number in the end. */
export type Measure =
  | 'defaultTtl'
  | 'jitter'
  | 'maxEntries'
  | 'maxBytes'
  | 'slots'
  | 'maxStaleness'
  | 'redisDeadline'
  | 'compress'
  | 'waitReplicas'
  | 'intentTtl'
  | 'jobDrain'
  | 'prefetchConcurrency'
  | 'warmEvery'
  | 'warmConcurrency'
  | 'refreshEvery'
  | 'refreshConcurrency'
  | 'refreshAfter'
  | 'refreshMinHits'
  | 'fastLaneUrls';

/** What an option and its variable take. */
export interface Definition<Value> {
  readonly variable: `LARDER_${string}`;
  readonly takes: string;
  readonly fallback: Value;
  /** The value as a setting, `undefined` if it is not what the option takes. */
  readonly read: (value: unknown) => Value | undefined;
}

export const MEASURES: Readonly<Record<Measure, Definition<number>>> = {
  defaultTtl: {
    variable: 'LARDER_DEFAULT_TTL',
    takes: "milliseconds above zero or a duration such as '5m'",
    fallback: 300_000,
    read: (value) => toMilliseconds(asNumber(value) ?? value),
  },
  jitter: {
    variable: 'LARDER_JITTER',
    takes: 'a fraction from 0 to 1',
    fallback: 0,
    read: (value) => within(0, 1, asNumber(value)),
  },
  maxEntries: {
    variable: 'LARDER_MAX_ENTRIES',
    takes: 'a whole number from 1',
    fallback: 100_000,
    read: (value) => whole(within(1, Number.MAX_SAFE_INTEGER, asNumber(value))),
  },
  maxBytes: {
    variable: 'LARDER_MAX_BYTES',
    takes: "bytes above zero or a size such as '64mb'",
    fallback: 128 * 1024 * 1024,
    read: toBytes,
  },
  slots: {
    variable: 'LARDER_SLOTS',
    takes: 'a power of two from 65536 to 4194304',
    fallback: 2 ** 18,
    read: (value) => powerOfTwo(within(2 ** 16, 2 ** 22, asNumber(value))),
  },
  maxStaleness: {
    variable: 'LARDER_MAX_STALENESS',
    takes: "milliseconds above zero or a duration such as '1s'",
    fallback: 1000,
    read: (value) => toMilliseconds(asNumber(value) ?? value),
  },
  redisDeadline: {
    variable: 'LARDER_REDIS_DEADLINE',
    takes: "milliseconds from 1 to 60000 or a duration such as '250ms'",
    fallback: 250,
    read: (value) => within(1, 60_000, toMilliseconds(asNumber(value) ?? value)),
  },
  compress: {
    variable: 'LARDER_COMPRESS_FROM',
    takes: "bytes above zero, a size such as '1kb', or 'off'",
    fallback: 1024,
    read: (value) => toCompressFrom(value === 'off' ? false : value),
  },
  waitReplicas: {
    variable: 'LARDER_WAIT_REPLICAS',
    takes: 'a whole number from 0',
    fallback: 0,
    read: (value) => whole(within(0, 100, asNumber(value))),
  },
  intentTtl: {
    variable: 'LARDER_INTENT_TTL',
    takes: "milliseconds from 1 to 86400000 or a duration such as '30s'",
    fallback: 30_000,
    read: (value) => within(1, 86_400_000, toMilliseconds(asNumber(value) ?? value)),
  },
  jobDrain: {
    variable: 'LARDER_JOB_DRAIN',
    takes: "milliseconds from 1 to 3600000 or a duration such as '5s'",
    fallback: 3000,
    read: (value) => within(1, 3_600_000, toMilliseconds(asNumber(value) ?? value)),
  },
  prefetchConcurrency: atOnce('LARDER_PREFETCH_CONCURRENCY', 4),
  warmEvery: interval('LARDER_WARM_EVERY', 1_800_000),
  warmConcurrency: atOnce('LARDER_WARM_CONCURRENCY', 5),
  refreshEvery: interval('LARDER_REFRESH_EVERY', 300_000),
  refreshConcurrency: atOnce('LARDER_REFRESH_CONCURRENCY', 3),
  refreshAfter: {
    variable: 'LARDER_REFRESH_AFTER',
    takes: 'a fraction from 0 to 1',
    fallback: 0.8,
    read: (value) => within(0, 1, asNumber(value)),
  },
  refreshMinHits: {
    variable: 'LARDER_REFRESH_MIN_HITS',
    takes: 'a whole number from 1',
    fallback: 3,
    read: (value) => whole(within(1, Number.MAX_SAFE_INTEGER, asNumber(value))),
  },
  fastLaneUrls: {
    variable: 'LARDER_FAST_LANE_URLS',
    takes: 'a whole number from 0 to 10000000',
    fallback: 10_000,
    read: (value) => whole(within(0, 10_000_000, asNumber(value))),
  },
};

export const DIAGNOSTICS: Definition<boolean> = {
  variable: 'LARDER_DIAGNOSTICS',
  takes: 'true or false',
  fallback: false,
  read: asBoolean,
};

export type LogDetail = 'info' | 'debug';

export const LOG: Definition<LogDetail> = {
  variable: 'LARDER_LOG',
  takes: 'info or debug',
  fallback: 'info',
  read: (value) => (value === 'info' || value === 'debug' ? value : undefined),
};

export const STRICT_SCOPE: Definition<boolean> = {
  variable: 'LARDER_STRICT_SCOPE',
  takes: 'true or false',
  fallback: false,
  read: asBoolean,
};

/** The number a text stands for, so that `LARDER_DEFAULT_TTL=300000` is one; `undefined` if it stands for none. */
function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}

/** How many of something run at once. */
function atOnce(variable: `LARDER_${string}`, fallback: number): Definition<number> {
  const read = (value: unknown) => whole(within(1, 1000, asNumber(value)));
  return { variable, fallback, takes: 'a whole number from 1 to 1000', read };
}

/** Milliseconds between rounds. A timer cannot wait longer than 2^31 - 1 of them. */
function interval(variable: `LARDER_${string}`, fallback: number): Definition<number> {
  const read = (value: unknown) => within(1000, 2 ** 31 - 1, toMilliseconds(asNumber(value) ?? value));
  return { variable, fallback, takes: "milliseconds from 1000 or a duration from '1s' to '24d'", read };
}

function within(least: number, most: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}

function whole(value: number | undefined): number | undefined {
  return Number.isInteger(value) ? value : undefined;
}

function powerOfTwo(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(Math.log2(value)) ? value : undefined;
}

/** Variables are texts. */
function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}
