import { inspect } from 'node:util';
import { LarderKeyError, LarderOptionsError } from '../../base/errors.js';
import { nearestOf, suggestion } from '../../base/suggestion.js';
import { type Duration, type Size, toBytes, toMilliseconds } from '../../base/units.js';
import type { Tag } from '../../keys/target.js';
import type { CallCounters } from '../stats/statistics.js';
import { isOutage } from './failure-status.js';
import { ShareBudget } from './share-budget.js';

/** How one value is cached. */
export interface CacheOptions<T = unknown> {
  /**
   * How long it may be served after it was stored: milliseconds above zero, a string such as `'5m'`, or `Infinity`.
   * Default: the cache's `defaultTtl`.
   */
  readonly ttl?: Duration;
  /**
   * Up to which fraction of the TTL it may expire sooner, by chance, so that entries stored together do not expire
   * together: 0 (exactly the TTL) to 1. Default: the cache's `jitter`.
   */
  readonly jitter?: number;
  /** Labels to invalidate it by; a function gets the loaded value. */
  readonly tags?: readonly (Tag | string)[] | ((value: T) => readonly (Tag | string)[]);
  /**
   * For how long after its TTL a value is still answered at once, while one process of all fetches a new one in the
   * background (RFC 5861). Never something that was invalidated. Default: not at all.
   */
  readonly staleWhileRevalidate?: Duration;
  /**
   * For how long after its TTL a value is answered when a load fails or takes too long (RFC 5861): with a status of 500, 502,
   * 503 or 504, or with none. Never something that was invalidated. Default: not at all.
   */
  readonly staleIfError?: Duration | StaleIfErrorOptions;
  /**
   * Fetches a new value in the background when one is asked for late in its TTL, so that values in use never expire: after
   * this fraction of the TTL, above 0 and below 1; `true` for 0.8. Default `false`.
   */
  readonly refreshAhead?: boolean | number;
  /** How long a load may keep a caller waiting where {@link staleIfError} has a value for it. The load goes on. Default: for ever. */
  readonly softTimeout?: Duration;
  /**
   * How long a value may take to come, at most: then whoever waits gets a LarderTimeoutError (or what
   * {@link staleIfError} has), the signal of the load is aborted, and the next caller loads again. Default: for ever.
   */
  readonly hardTimeout?: Duration;
  /** Whether `null` and `undefined` are stored too. Default: only if {@link negativeTtl} is given. */
  readonly cacheNull?: boolean;
  /** The TTL of a stored `null` or `undefined`. Default: {@link ttl}. */
  readonly negativeTtl?: Duration;
  /** Where values are kept: `['memory']` shares none, `['redis']` keeps none in the process. Default: both. */
  readonly tiers?: readonly TierName[];
  /**
   * How many values of a decorated method one process puts where nodes share them: a whole number from 1. Those beyond stay in
   * its memory. For what callers can name freely, such as searches, so that they cannot fill Redis. Default: no bound.
   */
  readonly maxShared?: number;
  /**
   * The size from which on the value is compressed where nodes share it: bytes or a string such as `'10kb'`; `true` for 1 KB,
   * `false` for never. It is measured as Larder writes it, about two thirds of the JSON. Default: the cache's `compress`.
   */
  readonly compress?: boolean | Size;
  /**
   * `'strong'`: a read that begins after an invalidation was acknowledged anywhere never gets what was invalidated. Costs a
   * round trip to the journal a read where nodes share one, nothing in a single process. Default: `'bounded'`.
   */
  readonly consistency?: 'bounded' | 'strong';
}

/** {@link CacheOptions.staleIfError} in detail. */
export interface StaleIfErrorOptions {
  /** For how long after its TTL a value is answered when a load fails or takes too long. */
  readonly for: Duration;
  /**
   * Whether a failure is one that a value past its TTL may stand in for. Default: one without an HTTP status, or with 500, 502,
   * 503 or 504; a 404 is an answer. What it throws counts as false.
   */
  readonly on?: (error: unknown) => boolean;
  /**
   * Whether it may be answered even where this process cannot find out what other processes invalidated, because Redis has
   * been away for longer than `maxStaleness`: such an answer may have been invalidated elsewhere, which no other answer of a
   * cache can. Not with `consistency: 'strong'`. Default `false`.
   */
  readonly unconfirmed?: boolean;
}

export type TierName = 'memory' | 'redis';

/** What a cache uses where a call says nothing. */
export interface PolicyDefaults {
  /** Milliseconds. */
  readonly ttl: number;
  readonly jitter: number;
  /** Bytes. */
  readonly compressFrom: number;
}

/** {@link CacheOptions} made ready for use, once for a decorated method, for each load otherwise. In milliseconds. */
export interface Policy {
  readonly ttl: number;
  readonly jitter: number;
  readonly tags: readonly string[] | ((value: unknown) => readonly string[]);
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  /** Whether a value past its TTL may stand in for this failure of a load. */
  readonly staleIfErrorOn: (error: unknown) => boolean;
  /** Whether what stands in may be older than what the journal is known to say. */
  readonly isUnconfirmedOk: boolean;
  /** The fraction of its lifetime after which a value that is asked for is fetched anew; 1 for never. */
  readonly refreshAhead: number;
  readonly softTimeout: number;
  readonly hardTimeout: number;
  /** `undefined` where nothing found is nothing stored. */
  readonly negativeTtl: number | undefined;
  readonly inMemory: boolean;
  readonly isShared: boolean;
  /** Bytes from which on it is compressed; `Infinity` for never. */
  readonly compressFrom: number;
  /** `undefined` where any number may be shared. */
  readonly shareBudget: ShareBudget | undefined;
  readonly strong: boolean;
  readonly counters: CallCounters;
  /** The decorated method it belongs to. */
  readonly method?: string;
  /** What stands for that method: the same for all its calls. */
  readonly source?: object;
}

const NO_TAGS: readonly string[] = Object.freeze([]);
const DEFAULT_REFRESH_AHEAD = 0.8;

/** @param options checked by {@link checkOptions} */
export function toPolicy(options: CacheOptions, defaults: PolicyDefaults, counters: CallCounters): Policy {
  const { staleIfError } = options;
  const staleIfErrorFor = isDetailed(staleIfError) ? staleIfError.for : staleIfError;
  const ttl = milliseconds(options.ttl, defaults.ttl);
  const staleFor = Math.max(milliseconds(options.staleWhileRevalidate, 0), milliseconds(staleIfErrorFor, 0));
  return {
    ttl,
    jitter: options.jitter ?? defaults.jitter,
    tags: toTags(options.tags),
    staleWhileRevalidate: milliseconds(options.staleWhileRevalidate, 0),
    staleIfError: milliseconds(staleIfErrorFor, 0),
    staleIfErrorOn: (isDetailed(staleIfError) ? staleIfError.on : undefined) ?? isOutage,
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

/** Bytes from which on values are compressed, `undefined` if the option says nothing of the kind. */
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
  ttl: DURATION,
  jitter: { takes: 'a fraction from 0 to 1', holds: (value) => isWithin(0, value, 1) },
  staleWhileRevalidate: DURATION,
  staleIfError: {
    takes: `${DURATION.takes}, or { for, on, unconfirmed }: a duration, a function and true or false`,
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
    takes: "a list of 'memory' and 'redis', of one at least",
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
  consistency: { takes: "'bounded' or 'strong'", holds: (value) => value === 'bounded' || value === 'strong' },
  tags: {
    takes: 'a list of texts and tags, or a function that answers one',
    holds: (value) => typeof value === 'function' || (Array.isArray(value) && value.every(isTag)),
  },
};

const NAMES: readonly string[] = Object.keys(RULES);

/** The options among the members of an object that may have others too; a member that is nearly an option counts as one. */
export function optionsIn(given: object): CacheOptions {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => NAMES.includes(name) || nearestOf(name, NAMES) !== undefined),
  );
}

/**
 * @param others names that the caller's options have besides, and that it checks itself
 * @throws LarderOptionsError naming every option that does not hold what it takes, or is none
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
        ? `${name} is no option of ${subject}${suggestion(name, [...NAMES, ...others])}`
        : `${name} of ${subject} is ${show(value)}; it takes ${rule.takes}`,
    );
  }
  if (options.consistency === 'strong' && isDetailed(options.staleIfError) && options.staleIfError.unconfirmed) {
    problems.push(
      `staleIfError.unconfirmed of ${subject} is true and consistency is 'strong'; a strong read is never older than what was invalidated`,
    );
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

function isStaleIfError(given: object): boolean {
  const { for: span, on, unconfirmed, ...unknown } = given as StaleIfErrorOptions;
  if (!DURATION.holds(span) || Object.keys(unknown).length > 0) return false;
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

/** @throws LarderKeyError for what is no list of tags, as a function may answer */
export function tagNames(tags: readonly (Tag | string)[]): readonly string[] {
  if (!Array.isArray(tags)) throw new LarderKeyError('tags', `is ${show(tags)}, not a list of texts and tags`);
  return tags.map(tagName);
}

function tagName(tag: Tag | string, index: number): string {
  if (!isTag(tag)) throw new LarderKeyError(`tags[${index}]`, `is ${show(tag)}, not a text or a tag`);
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
