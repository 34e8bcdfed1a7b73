import { inspect } from 'node:util';
import { LarderKeyError, LarderOptionsError } from '../../base/errors.js';
import { disarm } from '../../base/placement.js';
import { nearestOf, suggestion } from '../../base/suggestion.js';
import { type Duration, type Size, toBytes, toMilliseconds } from '../../base/units.js';
import type { Tag } from '../../keys/target.js';
import type { Tracker } from '../observed/tracker.js';
import type { CallCounters } from '../stats/statistics.js';
import { AUDIT_TAKES, type AuditOfMethod, type AuditRule, isAuditOption, toAuditRule } from './audit-rule.js';
import { isOutage } from './failure-status.js';
import { ShareBudget } from './share-budget.js';

/** How one value is cached. */
export interface CacheOptions<T = unknown> {
  /**
   * How long the value may be served after it was stored: milliseconds above zero, a string such as `'5m'`, or `Infinity`.
   * Default: the cache's `defaultTtl`. A function gets the loaded value (not called for `null` and `undefined`): for values that
   * name their own lifetime, such as access tokens. If it returns zero or less, the value is returned but not stored.
   */
  readonly ttl?: Duration | ((value: T) => Duration);
  /**
   * The fraction of the TTL by which the value may expire early, at random, so that entries stored together do not expire
   * together: 0 (exactly the TTL) to 1. Default: the cache's `jitter`.
   */
  readonly jitter?: number;
  /** Labels to invalidate the value by; a function gets the loaded value. */
  readonly tags?: readonly (Tag | string)[] | ((value: T) => readonly (Tag | string)[]);
  /**
   * `'queries'`: the value depends on the rows that the queries of its load read in PostgreSQL, and each change of one invalidates
   * it, whichever program makes it. Larder needs the options `database` and `changeFeed` of `LarderModule` for it. Default: the
   * value depends on its key and its tags alone.
   */
  readonly dependsOn?: 'queries';
  /**
   * For how long after its TTL a value is still served at once, while one process loads a new one in the background (RFC
   * 5861). Never serves an invalidated value. Default: 0.
   */
  readonly staleWhileRevalidate?: Duration;
  /**
   * For how long after its TTL a value is served when a load fails or takes too long (RFC 5861): with a status of 500, 502,
   * 503 or 504, or with none. Never serves an invalidated value. Default: 0.
   */
  readonly staleIfError?: Duration | StaleIfErrorOptions;
  /**
   * Loads a new value in the background when a hit comes late in the TTL, so that values in use never expire: after this
   * fraction of the TTL, above 0 and below 1; `true` for 0.8. Default `false`.
   */
  readonly refreshAhead?: boolean | number;
  /**
   * How long a caller waits for a load before it gets the value that {@link staleIfError} allows. The load goes on.
   * Default: no timeout.
   */
  readonly softTimeout?: Duration;
  /**
   * The timeout of a load: its callers then get a LarderTimeoutError (or the value that {@link staleIfError} allows), the
   * signal of the load is aborted, and the next caller loads again. Default: no timeout.
   */
  readonly hardTimeout?: Duration;
  /** Whether `null` and `undefined` are stored too. Default: only if {@link negativeTtl} is given. */
  readonly cacheNull?: boolean;
  /** The TTL of a stored `null` or `undefined`. Default: {@link ttl}. */
  readonly negativeTtl?: Duration;
  /** Where the value is stored: `['memory']` for this process only, `['redis']` for Redis only. Default: both. */
  readonly tiers?: readonly TierName[];
  /**
   * The largest number of values of a decorated method that one process stores in Redis, from 1; further ones stay in its
   * memory. It protects Redis where callers choose keys freely, such as for searches. Default: no bound.
   */
  readonly maxShared?: number;
  /**
   * The size from which the value is compressed in Redis: bytes or a string such as `'10kb'`; `true` for 1 KB, `false` for
   * never. The size is that of Larder's format, about two thirds of the JSON. Default: the cache's `compress`.
   */
  readonly compress?: boolean | Size;
  /**
   * `'strong'`: a read that begins after an invalidation was acknowledged anywhere never gets the invalidated value. It costs
   * each read a round trip to the journal where nodes share one, nothing in a single process. Default: `'bounded'`.
   */
  readonly consistency?: 'bounded' | 'strong';
  /**
   * Whether the cache's `audit` compares hits with fresh loads: `false` for a load with effects, or for a value that is meant to
   * be old until its TTL ends; `{ ignore }` for parts that may differ. Default `true`.
   */
  readonly audit?: boolean | AuditOfMethod;
}

/** {@link CacheOptions.staleIfError} in detail. */
export interface StaleIfErrorOptions {
  /** For how long after its TTL a value is served when a load fails or takes too long. */
  readonly for: Duration;
  /**
   * Whether a stale value may be served for this error. Default: for errors without an HTTP status, or with 500, 502, 503 or
   * 504; a 404 is an answer. If the function throws, the result is `false`.
   */
  readonly on?: (error: unknown) => boolean;
  /**
   * Whether a value may be served while Redis has been away for longer than `maxStaleness`: other nodes may have invalidated
   * it meanwhile. It is the only option that can serve an invalidated value. Not with `consistency: 'strong'`. Default
   * `false`.
   */
  readonly unconfirmed?: boolean;
  /**
   * For how long after a failed load callers of this process get the stale value at once, without another load: it spares a
   * source that is down, and the callers the wait for it. A duration below `Infinity`. Default: none, each caller loads.
   */
  readonly retryDelay?: Duration;
}

export type TierName = 'memory' | 'redis';

/** The defaults of a cache. */
export interface PolicyDefaults {
  /** Milliseconds. */
  readonly ttl: number;
  readonly jitter: number;
  /** Bytes. */
  readonly compressFrom: number;
}

/** Parsed {@link CacheOptions}: parsed once for a decorated method, else for each load. Durations are in milliseconds. */
export interface Policy {
  readonly ttl: number;
  /** The TTL of a value, not yet checked; `undefined` if {@link ttl} holds for all. */
  readonly ttlOf: ((value: unknown) => unknown) | undefined;
  readonly jitter: number;
  readonly tags: readonly string[] | ((value: unknown) => readonly string[]);
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  /** Whether a stale value may be served for this error of a load. */
  readonly staleIfErrorOn: (error: unknown) => boolean;
  /** For how long after a failed load that value is served without another load; 0 for none. */
  readonly retryDelay: number;
  /** Whether that value may be served while the journal cannot be read. */
  readonly isUnconfirmedOk: boolean;
  /** The fraction of its lifetime after which a hit starts a refresh; 1 for never. */
  readonly refreshAhead: number;
  readonly softTimeout: number;
  readonly hardTimeout: number;
  /** `undefined` if `null` and `undefined` are not stored. */
  readonly negativeTtl: number | undefined;
  readonly inMemory: boolean;
  readonly isShared: boolean;
  /** Bytes from which the value is compressed; `Infinity` for never. */
  readonly compressFrom: number;
  /** `undefined` for no bound. */
  readonly shareBudget: ShareBudget | undefined;
  readonly strong: boolean;
  /** `undefined` for no audit. */
  readonly audit: AuditRule | undefined;
  readonly counters: CallCounters;
  /** Observes what the loads read, if the value depends on that. */
  readonly tracker?: Tracker;
  readonly method?: string;
  /** Identifies that method: the same object for all its calls. */
  readonly source?: object;
}

const NO_TAGS: readonly string[] = Object.freeze([]);
const DEFAULT_REFRESH_AHEAD = 0.8;

/** @param options checked by {@link checkOptions} */
export function toPolicy(options: CacheOptions, defaults: PolicyDefaults, counters: CallCounters): Policy {
  const { staleIfError } = options;
  const staleIfErrorFor = isDetailed(staleIfError) ? staleIfError.for : staleIfError;
  const ttlOf = typeof options.ttl === 'function' ? options.ttl : undefined;
  const ttl = typeof options.ttl === 'function' ? defaults.ttl : milliseconds(options.ttl, defaults.ttl);
  const staleFor = Math.max(milliseconds(options.staleWhileRevalidate, 0), milliseconds(staleIfErrorFor, 0));
  return {
    ttl,
    ttlOf,
    jitter: options.jitter ?? defaults.jitter,
    tags: toTags(options.tags),
    staleWhileRevalidate: milliseconds(options.staleWhileRevalidate, 0),
    staleIfError: milliseconds(staleIfErrorFor, 0),
    staleIfErrorOn: (isDetailed(staleIfError) ? staleIfError.on : undefined) ?? isOutage,
    retryDelay: milliseconds(isDetailed(staleIfError) ? staleIfError.retryDelay : undefined, 0),
    isUnconfirmedOk: isDetailed(staleIfError) && staleIfError.unconfirmed === true,
    refreshAhead: toFraction(options.refreshAhead),
    softTimeout: milliseconds(options.softTimeout, Number.POSITIVE_INFINITY),
    hardTimeout: milliseconds(options.hardTimeout, Number.POSITIVE_INFINITY),
    negativeTtl: isNegativeStored(options) ? milliseconds(options.negativeTtl, ttl) : undefined,
    inMemory: options.tiers?.includes('memory') ?? true,
    isShared: options.tiers?.includes('redis') ?? true,
    compressFrom: options.compress === undefined ? defaults.compressFrom : (toCompressFrom(options.compress) as number),
    shareBudget: options.maxShared === undefined ? undefined : new ShareBudget(options.maxShared, ttl + staleFor),
    strong: options.consistency === 'strong',
    audit: toAuditRule(options.audit),
    counters,
  };
}

function milliseconds(given: Duration | undefined, fallback: number): number {
  return given === undefined ? fallback : (toMilliseconds(given) as number);
}

function isDetailed(given: CacheOptions['staleIfError']): given is StaleIfErrorOptions {
  return typeof given === 'object' && given !== null;
}

function toFraction(given: boolean | number = false): number {
  if (typeof given === 'number') return given;
  return given ? DEFAULT_REFRESH_AHEAD : 1;
}

const DEFAULT_COMPRESS_FROM = 1024;

/** The size in bytes from which values are compressed; `undefined` if the option is invalid. */
export function toCompressFrom(given: unknown): number | undefined {
  if (given === true) return DEFAULT_COMPRESS_FROM;
  return given === false ? Number.POSITIVE_INFINITY : toBytes(given);
}

function isNegativeStored({ cacheNull, negativeTtl }: CacheOptions): boolean {
  return cacheNull ?? negativeTtl !== undefined;
}

interface Rule {
  readonly takes: string;
  readonly holds: (value: unknown) => boolean;
}

const DURATION: Rule = {
  takes: "milliseconds above zero, a string such as '5m', or Infinity",
  holds: (value) => toMilliseconds(value) !== undefined,
};

const RULES: Readonly<Record<keyof CacheOptions, Rule>> = {
  ttl: {
    takes: `${DURATION.takes}, or a function of the value`,
    holds: (value) => typeof value === 'function' || DURATION.holds(value),
  },
  jitter: { takes: 'a fraction from 0 to 1', holds: (value) => isWithin(0, value, 1) },
  staleWhileRevalidate: DURATION,
  staleIfError: {
    takes: `${DURATION.takes}, or { for, on, unconfirmed, retryDelay }: a duration, a function, true or false, and a duration`,
    holds: (value) => (typeof value === 'object' && value !== null ? isStaleIfError(value) : DURATION.holds(value)),
  },
  refreshAhead: {
    takes: 'true, false or a fraction above 0 and below 1',
    holds: (value) => typeof value === 'boolean' || (isWithin(0, value, 1) && value !== 0 && value !== 1),
  },
  softTimeout: DURATION,
  hardTimeout: DURATION,
  cacheNull: { takes: 'true or false', holds: (value) => typeof value === 'boolean' },
  negativeTtl: DURATION,
  tiers: {
    takes: "a list of 'memory', 'redis' or both",
    holds: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((tier) => tier === 'memory' || tier === 'redis'),
  },
  maxShared: {
    takes: 'a whole number from 1',
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  },
  compress: {
    takes: "true, false, bytes above zero or a size such as '10kb'",
    holds: (value) => toCompressFrom(value) !== undefined,
  },
  audit: { takes: AUDIT_TAKES, holds: isAuditOption },
  consistency: { takes: "'bounded' or 'strong'", holds: (value) => value === 'bounded' || value === 'strong' },
  dependsOn: { takes: "'queries'", holds: (value) => value === 'queries' },
  tags: {
    takes: 'a list of strings and tags, or a function that returns one',
    holds: (value) => typeof value === 'function' || (Array.isArray(value) && value.every(isTag)),
  },
};

const NAMES: readonly string[] = Object.keys(RULES);

/** The cache options in an object that has other members too; a misspelt option counts as one. */
export function optionsIn(given: object): CacheOptions {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => NAMES.includes(name) || nearestOf(name, NAMES) !== undefined),
  );
}

/**
 * @param others further option names of the caller, which it checks itself
 * @throws LarderOptionsError naming every unknown option and every invalid value
 */
export function checkOptions(
  options: CacheOptions,
  subject = 'the cache options',
  others: readonly string[] = [],
): void {
  const problems: string[] = [];
  for (const name in options) {
    const value: unknown = options[name as keyof CacheOptions];
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof typeof RULES] : undefined;
    if (value === undefined || rule?.holds(value) || others.includes(name)) continue;
    problems.push(
      rule === undefined
        ? `unknown option ${name} of ${subject}${suggestion(name, [...NAMES, ...others])}`
        : `invalid ${name} of ${subject}: got ${show(value)}, expected ${rule.takes}`,
    );
  }
  if (options.consistency === 'strong' && isDetailed(options.staleIfError) && options.staleIfError.unconfirmed) {
    problems.push(
      `staleIfError.unconfirmed of ${subject} is true and consistency is 'strong'; a strong read never serves an invalidated value`,
    );
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

/** @throws LarderOptionsError if options of a write say what only a load can depend on */
export function refuseDependsOn(options: object, subject: string): void {
  if ((options as CacheOptions).dependsOn === undefined) return;
  throw new LarderOptionsError([
    `dependsOn of ${subject} is set; only a value that is loaded can depend on its queries`,
  ]);
}

function isStaleIfError(given: object): boolean {
  const { for: span, on, unconfirmed, retryDelay, ...unknown } = given as StaleIfErrorOptions;
  if (!DURATION.holds(span) || Object.keys(unknown).length > 0) return false;
  if (retryDelay !== undefined && !Number.isFinite(toMilliseconds(retryDelay))) return false;
  return (
    (on === undefined || typeof on === 'function') && (unconfirmed === undefined || typeof unconfirmed === 'boolean')
  );
}

function isWithin(least: number, value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function toTags(tags: CacheOptions['tags']): Policy['tags'] {
  if (tags === undefined) return NO_TAGS;
  return typeof tags === 'function' ? (value) => tagNames(tags(value)) : tagNames(tags);
}

/** @throws LarderKeyError if it is not a list of tags, as a function may return anything */
export function tagNames(tags: readonly (Tag | string)[]): readonly string[] {
  if (!Array.isArray(tags)) {
    disarm(tags);
    throw new LarderKeyError('tags', `is ${show(tags)}, not a list of strings and tags`);
  }
  return tags.map(tagName);
}

function tagName(tag: Tag | string, index: number): string {
  if (!isTag(tag)) throw new LarderKeyError(`tags[${index}]`, `is ${show(tag)}, not a string or a tag`);
  return typeof tag === 'string' ? tag : tag.name;
}

function isTag(given: unknown): given is Tag | string {
  return typeof given === 'string' || typeof (given as Partial<Tag> | null | undefined)?.name === 'string';
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  const isPlainList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === 'object' && !isPlainList ? inspect(value, { depth: 1 }) : String(value);
}
