import { closest, distance } from 'fastest-levenshtein';
import { type Classes, problemsOfClasses } from './cache/classes.js';
import type { EventListener } from './cache/events.js';
import type { JournalFactory } from './cache/journal.js';
import type { Leases } from './cache/leases.js';
import { toCompressFrom } from './cache/policy.js';
import type { Tier } from './cache/tier.js';
import {
  CHANGE_FEED_VARIABLES,
  type ChangeFeedOptions,
  type ChangeFeedSettings,
  toChangeFeedSettings,
} from './change-feed/feed-options.js';
import { type Clock, SystemClock } from './clock.js';
import { LarderOptionsError } from './errors.js';
import type { Flags } from './flags/flags.js';
import { readFlags } from './flags/read-flags.js';
import { SIMULATIONS_VARIABLE, SWITCH_NAMES, type SwitchName } from './flags/switches.js';
import type { HttpCachingOptions } from './http/http-caching.js';
import { type Identifier, identifyByUser } from './http/identity.js';
import type { JobFlags } from './jobs/explorer.js';
import type { RealtimeOptions } from './live/live-settings.js';
import { parseRedisUrl, type RedisAddress } from './redis/address.js';
import { type Duration, type Size, toBytes, toMilliseconds } from './units.js';

/** How a cache is made. What is left out comes from the environment where `LarderModule` makes it, else from the default. */
export interface LarderOptions {
  /** How long values are served that say nothing themselves: above zero, or `Infinity`. Default `'5m'`. `LARDER_DEFAULT_TTL` */
  readonly defaultTtl?: Duration;
  /** By which fraction of its TTL an entry may expire sooner, by chance: 0 to 1. Default 0. `LARDER_JITTER` */
  readonly jitter?: number;
  /** Most entries in memory: 1 and up. Default 100,000. `LARDER_MAX_ENTRIES` */
  readonly maxEntries?: number;
  /** Most bytes in memory, as estimated. Default `'128mb'`. `LARDER_MAX_BYTES` */
  readonly maxBytes?: Size;
  /** Slots of the version table: a power of two from 65,536 to 4,194,304. Default 262,144, which take 4 MB. `LARDER_SLOTS` */
  readonly slots?: number;
  /**
   * The Redis that all nodes share: a URL, options of ioredis, `{ cluster }`, or a client the application already has.
   * Default: none, everything stays in this process. `LARDER_REDIS_URL`
   */
  readonly redis?: RedisAddress;
  /** How long a call of Redis may take. Default `'250ms'`. `LARDER_REDIS_DEADLINE` */
  readonly redisDeadline?: Duration;
  /**
   * The size from which on values are compressed in Redis: bytes or a string such as `'10kb'`; `true` for 1 KB, `false` for
   * never. Default `'1kb'`. `LARDER_COMPRESS_FROM`, which takes `off` for never.
   */
  readonly compress?: boolean | Size;
  /** First part of every name in Redis; nodes with the same share one cache. Default `'larder'`. `LARDER_KEY_PREFIX` */
  readonly keyPrefix?: string;
  /** Replicas that must have an invalidation before it counts as delivered: 0 and up. Default 0. `LARDER_WAIT_REPLICAS` */
  readonly waitReplicas?: number;
  /**
   * How long a decorated write may take before it counts as dead and what it writes is invalidated in its place. Default
   * `'30s'`. `LARDER_INTENT_TTL`
   */
  readonly intentTtl?: Duration;
  /** For how long a silent journal is relied upon. Default `'1s'`. Without effect in a single process. `LARDER_MAX_STALENESS` */
  readonly maxStaleness?: Duration;
  /**
   * Names of the simulations that the application has, such as `player-movement`: each becomes a flag, `simulation:<name>`.
   * Default: whatever the variable names. `SIMULATION_FEATURE_FLAG` says which of them run.
   */
  readonly simulations?: readonly string[];
  /**
   * Live queries and the broadcaster of `nest-larder/realtime`, for applications with sockets. Default: none. The flag
   * `LARDER_LIVE_QUERIES` switches live queries off and on.
   */
  readonly realtime?: boolean | RealtimeOptions;
  /** How long jobs that run may go on when the application stops. Default `'10s'`. `LARDER_JOB_DRAIN` */
  readonly jobDrain?: Duration;
  /** Tells which feature flags are on, for jobs that need one. Default: those of the environment (`Flags`). */
  readonly jobFlags?: JobFlags;
  /** Whether `prefetch` of decorated methods has any effect. Default `true`. `LARDER_PREFETCH` */
  readonly prefetch?: boolean;
  /** Most calls that are prefetched at once: 1 to 1,000. Default 4. `LARDER_PREFETCH_CONCURRENCY` */
  readonly prefetchConcurrency?: number;
  /** Whether `critical` calls are warmed by themselves. Default `true`. `LARDER_WARMING` */
  readonly warming?: boolean;
  /** How often they are warmed, after the start. Default `'30m'`. `LARDER_WARM_EVERY` */
  readonly warmEvery?: Duration;
  /** Most of them that are loaded at once: 1 to 1,000. Default 5. `LARDER_WARM_CONCURRENCY` */
  readonly warmConcurrency?: number;
  /** Whether hot and critical entries are fetched anew before they expire. Default `true`. `LARDER_BACKGROUND_REFRESH` */
  readonly backgroundRefresh?: boolean;
  /** How often they are looked for. Default `'5m'`. `LARDER_REFRESH_EVERY` */
  readonly refreshEvery?: Duration;
  /** Most of them that are loaded at once: 1 to 1,000. Default 3. `LARDER_REFRESH_CONCURRENCY` */
  readonly refreshConcurrency?: number;
  /** After which fraction of its TTL an entry is fetched anew: 0 to 1. Default 0.8. `LARDER_REFRESH_AFTER` */
  readonly refreshAfter?: number;
  /** How often an entry must have been served since the last look to be hot: 1 and up. Default 3. `LARDER_REFRESH_MIN_HITS` */
  readonly refreshMinHits?: number;
  /**
   * Who asks, for methods with `scope: 'user'`: called with the request after its guards; what it answers tells one user from
   * all others. Default: `id` or `sub` of `request.user`, else `userId` of `request.session`.
   */
  readonly identify?: Identifier['identify'];
  /** Whether guarded methods that declare no scope keep the application from starting. Default false. `LARDER_STRICT_SCOPE` */
  readonly strictScope?: boolean;
  /** Most URLs that the fast lane keeps: 0 and up. Default 10,000. `LARDER_FAST_LANE_URLS` */
  readonly fastLaneUrls?: number;
  /** Turns what is changed in PostgreSQL into invalidations, in `LarderModule`. Default: nothing does. */
  readonly changeFeed?: ChangeFeedOptions;
  /** Where invalidations are written down. Default: in Redis if there is one, else in this process. */
  readonly journal?: JournalFactory;
  /** Where entries lie that all nodes share. Default: in Redis if there is one, else nowhere. */
  readonly tier?: Tier;
  /** Who loads a key of all nodes that miss it. Default: decided in Redis if there is one, else by each process. */
  readonly leases?: Leases;
  /**
   * Classes whose instances may be cached, each with a name that stays when the class is renamed. An instance comes back with
   * its class and its own enumerable members, frozen; if there is more to it, `{ class, store, restore }` says what, and
   * every caller gets an instance of their own. All nodes must know the same names. Default: none.
   *
   * @example
   * ```ts
   * const options: LarderOptions = {
   *   classes: { url: { class: URL, store: String, restore: (text: string) => new URL(text) } },
   * };
   * ```
   */
  readonly classes?: Classes;
  /** Told what the cache cannot tell its callers, such as a value that could not be kept. Default: nobody. */
  readonly onEvent?: EventListener;
  /** The time. Default: the machine's. */
  readonly clock?: Clock;
  /** Chance, for jitter: numbers from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** {@link LarderOptions}, complete and in numbers. */
export interface Settings {
  readonly defaultTtl: number;
  readonly jitter: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly slots: number;
  readonly maxStaleness: number;
  readonly redis: RedisAddress | undefined;
  /** Whether it must be there for a start. */
  readonly needsRedis: boolean;
  readonly redisDeadline: number;
  /** Bytes; `Infinity` for never. */
  readonly compress: number;
  readonly keyPrefix: string;
  readonly waitReplicas: number;
  readonly intentTtl: number;
  readonly flags: Flags;
  readonly jobDrain: number;
  readonly jobFlags: JobFlags | undefined;
  readonly prefetch: boolean;
  readonly prefetchConcurrency: number;
  readonly warming: boolean;
  readonly warmEvery: number;
  readonly warmConcurrency: number;
  readonly backgroundRefresh: boolean;
  readonly refreshEvery: number;
  readonly refreshConcurrency: number;
  readonly refreshAfter: number;
  readonly refreshMinHits: number;
  readonly http: HttpCachingOptions;
  readonly changeFeed: ChangeFeedSettings | undefined;
  readonly journal: JournalFactory | undefined;
  readonly tier: Tier | undefined;
  readonly leases: Leases | undefined;
  readonly classes: Classes;
  readonly onEvent: EventListener;
  readonly clock: Clock;
  readonly random: () => number;
}

type Measure =
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

/** What is on or off. */
type Switch = 'prefetch' | 'warming' | 'backgroundRefresh';

interface Definition {
  readonly variable: `LARDER_${string}`;
  readonly takes: string;
  readonly fallback: number;
  /** The value in numbers, `undefined` if it is not what the option takes. */
  readonly read: (value: unknown) => number | undefined;
}

const DEFINITIONS: Readonly<Record<Measure, Definition>> = {
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
    takes: "milliseconds from 1 to 3600000 or a duration such as '10s'",
    fallback: 10_000,
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

const SWITCHES: Readonly<Record<Switch, SwitchName>> = {
  prefetch: 'LARDER_PREFETCH',
  warming: 'LARDER_WARMING',
  backgroundRefresh: 'LARDER_BACKGROUND_REFRESH',
};

const OTHER_OPTIONS = [
  ...Object.keys(SWITCHES),
  'identify',
  'changeFeed',
  'strictScope',
  'redis',
  'keyPrefix',
  'simulations',
  'realtime',
  'jobFlags',
  'journal',
  'tier',
  'leases',
  'classes',
  'onEvent',
  'clock',
  'random',
];
/** Read in another way, or by other parts. */
const OTHER_VARIABLES = [
  ...CHANGE_FEED_VARIABLES,
  'LARDER_REDIS_URL',
  'LARDER_KEY_PREFIX',
  'LARDER_ADMIN_TOKEN',
  'LARDER_STRICT_SCOPE',
  SIMULATIONS_VARIABLE,
  ...SWITCH_NAMES,
];
/** Braces would be a hash tag to a cluster. */
const KEY_PREFIX = /^[^\s{}*]{1,100}$/;
const TEST_VARIABLES = /^LARDER_TEST_/;
/** What fits into a header, and takes too long to guess. */
const ADMIN_TOKEN = /^[!-~]{16,1024}$/;

/**
 * Options and environment made into settings; an option goes before its variable.
 *
 * @throws LarderOptionsError listing every option and variable that does not hold what it takes, or is none of ours
 */
export function toSettings(options: LarderOptions, env: Readonly<Record<string, string | undefined>> = {}): Settings {
  const problems = [...unknownOptions(options), ...unknownVariables(env)];
  const measure = (name: Measure): number => {
    const { variable, takes, fallback, read } = DEFINITIONS[name];
    const fromEnv = options[name] === undefined && env[variable] !== undefined && env[variable] !== '';
    const given = fromEnv ? env[variable] : options[name];
    if (given === undefined) return fallback;
    const value = read(given);
    if (value === undefined)
      problems.push(`${fromEnv ? variable : `The option ${name}`} is ${show(given)}; it takes ${takes}`);
    return value ?? fallback;
  };
  const { flags, problems: flagProblems } = readFlags(env, options.simulations);
  problems.push(...flagProblems);
  const isOn = (name: Switch): boolean => {
    const given: unknown = options[name];
    if (given === undefined) return flagProblems.length > 0 || flags.isEnabled(SWITCHES[name]);
    if (typeof given !== 'boolean') problems.push(`The option ${name} is ${show(given)}; it takes true or false`);
    return given === true;
  };
  const strictScope = asBoolean(options.strictScope ?? (env.LARDER_STRICT_SCOPE || false));
  if (strictScope === undefined) {
    const [name, given] =
      options.strictScope === undefined
        ? ['LARDER_STRICT_SCOPE', env.LARDER_STRICT_SCOPE]
        : ['The option strictScope', options.strictScope];
    problems.push(`${name} is ${show(given)}; it takes true or false`);
  }
  const redis = options.redis ?? (env.LARDER_REDIS_URL || undefined);
  if (typeof redis === 'string') problems.push(...problemsOf(() => parseRedisUrl(redis)));
  const needsRedis = env.NODE_ENV === 'production' && options.journal === undefined;
  if (needsRedis && redis === undefined) {
    problems.push('LARDER_REDIS_URL is not set; in production it takes the URL of the Redis that all processes share');
  }
  const keyPrefix = options.keyPrefix ?? (env.LARDER_KEY_PREFIX || 'larder');
  if (!KEY_PREFIX.test(keyPrefix)) {
    const name = options.keyPrefix === undefined ? 'LARDER_KEY_PREFIX' : 'The option keyPrefix';
    problems.push(`${name} is ${show(keyPrefix)}; it takes a text without spaces, braces and asterisks`);
  }
  const isFed = flagProblems.length === 0 && flags.isEnabled('LARDER_CHANGE_FEED');
  const feed = options.changeFeed && isFed ? toChangeFeedSettings(options.changeFeed, env, keyPrefix) : undefined;
  problems.push(...(feed?.problems ?? []));
  if (options.classes !== undefined) problems.push(...problemsOfClasses(options.classes));
  if (env.LARDER_ADMIN_TOKEN && !ADMIN_TOKEN.test(env.LARDER_ADMIN_TOKEN)) {
    problems.push(
      'LARDER_ADMIN_TOKEN (not shown) is not fit for one; it takes 16 to 1024 visible ASCII characters without spaces',
    );
  }
  const settings: Settings = {
    defaultTtl: measure('defaultTtl'),
    jitter: measure('jitter'),
    maxEntries: measure('maxEntries'),
    maxBytes: measure('maxBytes'),
    slots: measure('slots'),
    maxStaleness: measure('maxStaleness'),
    redis,
    needsRedis,
    redisDeadline: measure('redisDeadline'),
    compress: measure('compress'),
    keyPrefix,
    waitReplicas: measure('waitReplicas'),
    intentTtl: measure('intentTtl'),
    flags,
    jobDrain: measure('jobDrain'),
    jobFlags: options.jobFlags,
    prefetch: isOn('prefetch'),
    prefetchConcurrency: measure('prefetchConcurrency'),
    warming: isOn('warming'),
    warmEvery: measure('warmEvery'),
    warmConcurrency: measure('warmConcurrency'),
    backgroundRefresh: isOn('backgroundRefresh'),
    refreshEvery: measure('refreshEvery'),
    refreshConcurrency: measure('refreshConcurrency'),
    refreshAfter: measure('refreshAfter'),
    refreshMinHits: measure('refreshMinHits'),
    http: {
      identifier: { identify: options.identify ?? identifyByUser },
      strictScope: strictScope === true,
      fastLaneUrls: measure('fastLaneUrls'),
    },
    changeFeed: feed?.settings,
    journal: options.journal,
    tier: options.tier,
    leases: options.leases,
    classes: options.classes ?? {},
    onEvent: options.onEvent ?? (() => {}),
    clock: options.clock ?? new SystemClock(),
    random: options.random ?? Math.random,
  };
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return settings;
}

function unknownOptions(options: LarderOptions): string[] {
  const known = [...Object.keys(DEFINITIONS), ...OTHER_OPTIONS];
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is no option of Larder${suggestion(name, known)}`);
}

function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...Object.values(DEFINITIONS).map(({ variable }) => variable), ...OTHER_VARIABLES];
  return (
    Object.keys(env)
      .filter((name) => name.startsWith('LARDER_') && !known.includes(name) && !TEST_VARIABLES.test(name))
      // What a misspelt one holds may be a secret.
      .map((name) => `${name} is no variable of Larder${suggestion(name, known)}`)
  );
}

function problemsOf(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof LarderOptionsError) return error.problems;
    throw error;
  }
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = closest(name, known);
  return distance(name, nearest) <= name.length / 3 ? `; did you mean ${nearest}?` : `; there are ${known.join(', ')}`;
}

/** The number a text stands for, so that `LARDER_DEFAULT_TTL=300000` is one; `undefined` if it stands for none. */
function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}

/** How many of something run at once. */
function atOnce(variable: `LARDER_${string}`, fallback: number): Definition {
  const read = (value: unknown) => whole(within(1, 1000, asNumber(value)));
  return { variable, fallback, takes: 'a whole number from 1 to 1000', read };
}

/** Milliseconds between rounds. A timer cannot wait longer than 2^31 - 1 of them. */
function interval(variable: `LARDER_${string}`, fallback: number): Definition {
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

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** Variables are texts. */
function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}
