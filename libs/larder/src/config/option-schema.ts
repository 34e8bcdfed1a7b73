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
  | 'redisTimeout'
  | 'compress'
  | 'waitReplicas'
  | 'writeIntentTtl'
  | 'shutdownTimeout'
  | 'warmInterval'
  | 'refreshInterval'
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
  redisTimeout: {
    variable: 'LARDER_REDIS_TIMEOUT',
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
  writeIntentTtl: {
    variable: 'LARDER_WRITE_INTENT_TTL',
    takes: "milliseconds from 1 to 86400000 or a duration such as '30s'",
    fallback: 30_000,
    read: (value) => within(1, 86_400_000, toMilliseconds(asNumber(value) ?? value)),
  },
  shutdownTimeout: {
    variable: 'LARDER_SHUTDOWN_TIMEOUT',
    takes: "milliseconds from 1 to 3600000 or a duration such as '5s'",
    fallback: 3000,
    read: (value) => within(1, 3_600_000, toMilliseconds(asNumber(value) ?? value)),
  },
  warmInterval: interval('LARDER_WARM_INTERVAL', 1_800_000),
  refreshInterval: interval('LARDER_REFRESH_INTERVAL', 300_000),
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
