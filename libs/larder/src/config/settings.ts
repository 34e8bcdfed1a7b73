import { type Clock, SystemClock } from '../base/clock.js';
import { LarderOptionsError } from '../base/errors.js';
import { suggestion } from '../base/suggestion.js';
import { type Classes, problemsOfClasses } from '../cache/entries/classes.js';
import type { Leases } from '../cache/shared-tier/leases.js';
import type { Tier } from '../cache/shared-tier/tier.js';
import type { EventListener } from '../cache/state/events.js';
import type { JournalFactory } from '../cache/versions/journal.js';
import { CHANGE_FEED_VARIABLES, type ChangeFeedSettings, toChangeFeedSettings } from '../change-feed/options.js';
import { SCOPE_NAME } from '../decorators/route-options.js';
import { SIMULATIONS_VARIABLE, SWITCH_NAMES, type SwitchName } from '../flags/flag-names.js';
import type { Flags } from '../flags/flags.js';
import { parseFlags } from '../flags/parse-flags.js';
import type { HttpCacheOptions } from '../http/http-cache.js';
import type { JobFlags } from '../jobs/nest/job-explorer.js';
import { problemsOfAddress, type RedisAddress } from '../redis/address.js';
import type { ScopeOptions } from '../scope/admission.js';
import { identifyByUser } from '../scope/caller-identity.js';
import { problemOfAdminToken } from './admin-token.js';
import { problemsOfObjects } from './option-objects.js';
import {
  type Definition,
  DIAGNOSTICS,
  LOG,
  type LogDetail,
  MEASURES,
  type Measure,
  STRICT_SCOPE,
} from './option-schema.js';
import type { LarderOptions } from './options.js';

/** {@link LarderOptions}, complete and in numbers. */
export interface Settings {
  readonly defaultTtl: number;
  /** The same where it was given as a number without a unit. */
  readonly bareDefaultTtl: number | undefined;
  readonly jitter: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly slots: number;
  readonly maxStaleness: number;
  readonly redis: RedisAddress | undefined;
  /** Whether it was switched off on purpose. */
  readonly isRedisOff: boolean;
  /** Whether it must be there for a start. */
  readonly needsRedis: boolean;
  readonly redisTimeout: number;
  /** Bytes; `Infinity` for never. */
  readonly compress: number;
  readonly keyPrefix: string;
  readonly waitReplicas: number;
  readonly writeIntentTtl: number;
  readonly flags: Flags;
  readonly shutdownTimeout: number;
  readonly jobFlags: JobFlags | undefined;
  readonly diagnostics: boolean;
  readonly log: LogDetail;
  readonly prefetch: boolean;
  readonly warming: boolean;
  readonly warmInterval: number;
  readonly backgroundRefresh: boolean;
  readonly refreshInterval: number;
  readonly scope: ScopeOptions;
  readonly http: HttpCacheOptions;
  readonly changeFeed: ChangeFeedSettings | undefined;
  readonly journal: JournalFactory | undefined;
  readonly tier: Tier | undefined;
  readonly leases: Leases | undefined;
  readonly classes: Classes;
  readonly onEvent: EventListener;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What is on or off. */
type Switch = 'prefetch' | 'warming' | 'backgroundRefresh';

const SWITCHES: Readonly<Record<Switch, SwitchName>> = {
  prefetch: 'LARDER_PREFETCH',
  warming: 'LARDER_WARMING',
  backgroundRefresh: 'LARDER_BACKGROUND_REFRESH',
};

const OTHER_OPTIONS = [
  ...Object.keys(SWITCHES),
  'identify',
  'scopes',
  'changeFeed',
  'strictScope',
  'diagnostics',
  'log',
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
  STRICT_SCOPE.variable,
  DIAGNOSTICS.variable,
  LOG.variable,
  SIMULATIONS_VARIABLE,
  ...SWITCH_NAMES,
];
/** Braces would be a hash tag to a cluster. */
const KEY_PREFIX = /^[^\s{}*]{1,100}$/;
const TEST_VARIABLES = /^LARDER_TEST_/;
const OF_A_SERVICE = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/**
 * Options and environment made into settings; an option goes before its variable.
 *
 * @throws LarderOptionsError listing every option and variable that does not hold what it takes, or is none of ours
 */
export function toSettings(options: LarderOptions, env: Readonly<Record<string, string | undefined>> = {}): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new LarderOptionsError([`The options of Larder are ${show(options)}; they take an object`]);
  }
  const problems = [...unknownOptions(options), ...unknownVariables(env)];
  const ofObjects = problemsOfObjects(options);
  // What follows reads them.
  if (ofObjects.length > 0) throw new LarderOptionsError([...problems, ...ofObjects]);
  const settingOf = <Value>(
    name: keyof LarderOptions,
    { variable, takes, fallback, read }: Definition<Value>,
  ): Value => {
    const fromEnv = options[name] === undefined && env[variable] !== undefined && env[variable] !== '';
    const given = fromEnv ? env[variable] : options[name];
    if (given === undefined) return fallback;
    const value = read(given);
    if (value === undefined)
      problems.push(`${fromEnv ? variable : `The option ${name}`} is ${show(given)}; it takes ${takes}`);
    return value ?? fallback;
  };
  const measure = (name: Measure): number => settingOf(name, MEASURES[name]);
  const { flags, problems: flagProblems } = parseFlags(env, options.simulations);
  problems.push(...flagProblems);
  const isOn = (name: Switch): boolean => {
    const given: unknown = options[name];
    if (given === undefined) return flagProblems.length > 0 || flags.isEnabled(SWITCHES[name]);
    if (typeof given !== 'boolean') problems.push(`The option ${name} is ${show(given)}; it takes true or false`);
    return given === true;
  };
  const { redis, isRedisOff, problems: redisProblems } = toRedis(options, env);
  problems.push(...redisProblems);
  const needsRedis = env.NODE_ENV === 'production' && options.journal === undefined && !isRedisOff;
  if (needsRedis && redis === undefined && redisProblems.length === 0) {
    problems.push(
      'LARDER_REDIS_URL is not set; in production it takes the URL of the Redis that all processes share, ' +
        'or off where there is a single process',
    );
  }
  const keyPrefix = options.keyPrefix ?? (env.LARDER_KEY_PREFIX || 'larder');
  if (typeof keyPrefix !== 'string' || !KEY_PREFIX.test(keyPrefix)) {
    const name = options.keyPrefix === undefined ? 'LARDER_KEY_PREFIX' : 'The option keyPrefix';
    problems.push(`${name} is ${show(keyPrefix)}; it takes a text without spaces, braces and asterisks`);
  }
  const isFed = flagProblems.length === 0 && flags.isEnabled('LARDER_CHANGE_FEED');
  const feed = options.changeFeed && isFed ? toChangeFeedSettings(options.changeFeed, env, keyPrefix) : undefined;
  problems.push(...(feed?.problems ?? []));
  problems.push(...problemsOfScopes(options));
  if (options.classes !== undefined) problems.push(...problemsOfClasses(options.classes));
  const tokenProblem = env.LARDER_ADMIN_TOKEN ? problemOfAdminToken(env.LARDER_ADMIN_TOKEN) : undefined;
  if (tokenProblem !== undefined) problems.push(tokenProblem);
  const settings: Settings = {
    defaultTtl: measure('defaultTtl'),
    bareDefaultTtl: bare(options.defaultTtl ?? env.LARDER_DEFAULT_TTL),
    jitter: measure('jitter'),
    maxEntries: measure('maxEntries'),
    maxBytes: measure('maxBytes'),
    slots: measure('slots'),
    maxStaleness: measure('maxStaleness'),
    redis,
    isRedisOff,
    needsRedis,
    redisTimeout: measure('redisTimeout'),
    compress: measure('compress'),
    keyPrefix,
    waitReplicas: measure('waitReplicas'),
    writeIntentTtl: measure('writeIntentTtl'),
    flags,
    shutdownTimeout: measure('shutdownTimeout'),
    jobFlags: options.jobFlags,
    diagnostics: settingOf('diagnostics', DIAGNOSTICS),
    log: settingOf('log', LOG),
    prefetch: isOn('prefetch'),
    warming: isOn('warming'),
    warmInterval: measure('warmInterval'),
    backgroundRefresh: isOn('backgroundRefresh'),
    refreshInterval: measure('refreshInterval'),
    scope: {
      identify: options.identify ?? identifyByUser,
      scopes: options.scopes ?? {},
      strictScope: settingOf('strictScope', STRICT_SCOPE),
    },
    http: {
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

function problemsOfScopes({ scopes }: LarderOptions): string[] {
  const problems: string[] = [];
  // What is no object has been found already.
  if (typeof scopes !== 'object' || scopes === null) return problems;
  for (const [name, scope] of Object.entries(scopes)) {
    if (name === 'shared' || name === 'user' || !SCOPE_NAME.test(name)) {
      problems.push(
        `scopes.${name} cannot have this name; it takes letters, digits, _ and -, and is not shared or user`,
      );
    }
    if (typeof scope !== 'function')
      problems.push(`scopes.${name} is ${show(scope)}; it takes a function of the request`);
  }
  return problems;
}

function unknownOptions(options: LarderOptions): string[] {
  const known = [...Object.keys(MEASURES), ...OTHER_OPTIONS];
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is no option of Larder${suggestion(name, known)}`);
}

function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...Object.values(MEASURES).map(({ variable }) => variable), ...OTHER_VARIABLES];
  return (
    Object.keys(env)
      .filter((name) => name.startsWith('LARDER_') && !known.includes(name) && !TEST_VARIABLES.test(name))
      .filter((name) => !isOfKubernetes(name, env[name]))
      // What a misspelt one holds may be a secret.
      .map((name) => `${name} is no variable of Larder${suggestion(name, known)}`)
  );
}

/** A number without a unit, if that is what was given. */
function bare(given: unknown): number | undefined {
  if (typeof given !== 'number' && (typeof given !== 'string' || given === '')) return undefined;
  return Number.isNaN(Number(given)) ? undefined : Number(given);
}

/** Kubernetes tells each pod of every service of its namespace, of one called `larder-redis` as `LARDER_REDIS_…`. */
function isOfKubernetes(name: string, value = ''): boolean {
  return OF_A_SERVICE.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value));
}

interface RedisChoice {
  readonly redis: RedisAddress | undefined;
  readonly isRedisOff: boolean;
  readonly problems: readonly string[];
}

/** `false`, and as a variable `off`: no Redis, on purpose. */
function toRedis({ redis: given }: LarderOptions, env: Readonly<Record<string, string | undefined>>): RedisChoice {
  const fromEnv = given === undefined && env.LARDER_REDIS_URL !== undefined && env.LARDER_REDIS_URL !== '';
  const redis = given ?? (env.LARDER_REDIS_URL || undefined);
  if (given === undefined && !fromEnv) return { redis: undefined, isRedisOff: false, problems: [] };
  if (given === false || (fromEnv && env.LARDER_REDIS_URL === 'off')) {
    return { redis: undefined, isRedisOff: true, problems: [] };
  }
  const problems = problemsOfAddress(given === null ? given : redis, fromEnv ? 'LARDER_REDIS_URL' : 'The option redis');
  return { redis: redis as RedisAddress, isRedisOff: false, problems };
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
