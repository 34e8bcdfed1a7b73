import { type Clock, SystemClock } from '../base/clock.js';
import { LarderOptionsError } from '../base/errors.js';
import { unknownOptions } from '../base/suggestion.js';
import { CHANGE_FEED_OPTIONS, type ChangeFeedSettings, toChangeFeedSettings } from '../change-feed/options.js';
import { DASHBOARD_OPTIONS, type DashboardSettings } from '../dashboard/options.js';
import type { Flags } from '../flags/flags.js';
import { parseFlags } from '../flags/parse-flags.js';
import type { HttpCacheOptions } from '../http/http-cache.js';
import { type Environment, readOption, readOptions, type SettingsOf, shown } from '../options/option.js';
import type { DatabasePool, OrmPool } from '../postgres/pool-database.js';
import { type LiveSettings, REALTIME_OPTIONS } from '../realtime/live-queries/options.js';
import type { RedisAddress } from '../redis/address.js';
import type { ScopeOptions } from '../scope/admission.js';
import { ADMIN_TOKEN, OPTIONS } from './option-tables.js';
import type { LarderOptions } from './options.js';
import { unknownVariables } from './unknown-variables.js';

type OptionSettings = SettingsOf<typeof OPTIONS>;

/** {@link LarderOptions} with all defaults; durations in milliseconds, sizes in bytes. */
export interface Settings
  extends Omit<
    OptionSettings,
    | 'redis'
    | 'changeFeed'
    | 'database'
    | 'realtime'
    | 'dashboard'
    | 'clock'
    | keyof ScopeOptions
    | keyof HttpCacheOptions
  > {
  /** The default TTL if it was given as a number without a unit. */
  readonly bareDefaultTtl: number | undefined;
  readonly redis: RedisAddress | undefined;
  /** Whether Redis was switched off explicitly. */
  readonly isRedisOff: boolean;
  /** Whether the start fails without Redis. */
  readonly needsRedis: boolean;
  readonly flags: Flags;
  readonly scope: ScopeOptions;
  readonly http: HttpCacheOptions;
  readonly changeFeed: ChangeFeedSettings | undefined;
  /** `undefined` if no load is observed. */
  readonly database: readonly [DatabasePool, ...(DatabasePool | OrmPool)[]] | undefined;
  /** Whether the option database is set, and the change feed that tells of its changes is switched off. */
  readonly isDatabaseUnfollowed: boolean;
  readonly realtime: LiveSettings;
  /** `undefined` for none. */
  readonly dashboard: DashboardSettings | undefined;
  readonly clock: Clock;
}

/** The settings of work that no request waits for. */
const NO_BACKGROUND = {
  prefetch: false,
  warming: false,
  backgroundRefresh: false,
  predictiveWarming: 0,
  audit: 0,
  fleetStats: Number.POSITIVE_INFINITY,
  alerts: Number.POSITIVE_INFINITY,
} as const;

/**
 * Settings from options and environment; an option overrides its variable.
 *
 * @throws LarderOptionsError that lists every invalid or unknown option and variable
 */
export function toSettings(options: LarderOptions, env: Environment = {}): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new LarderOptionsError([`invalid options of Larder: got ${shown(options)}, expected an object`]);
  }
  const problems = [...unknownOptions(options, Object.keys(OPTIONS), 'Larder'), ...unknownVariables(env)];
  const read = readOptions(OPTIONS, options, env, problems);
  const { redis, keyPrefix, identify, scopes, strictScope, fastLaneUrls } = read;
  const { flags, problems: flagProblems } = parseFlags(env, read.simulations);
  problems.push(...flagProblems);
  const adminToken = readOption(ADMIN_TOKEN, undefined, env, problems, 'LARDER_ADMIN_TOKEN');
  const needsRedis = env.NODE_ENV === 'production' && options.journal === undefined && redis !== false;
  if (needsRedis && options.redis === undefined && !env.LARDER_REDIS_URL) {
    problems.push(
      'LARDER_REDIS_URL is not set; in production, set it to the URL of the Redis that all processes share, ' +
        'or to off where there is a single process',
    );
  }
  if (read.alertWebhook !== undefined && read.alertSecret === undefined) {
    problems.push(
      'LARDER_ALERT_SECRET (option alertSecret) is not set; set it to 16 characters or more that the receiver of ' +
        'LARDER_ALERT_WEBHOOK knows, because each alert is signed',
    );
  }
  const changeFeed = changeFeedOf(read, flags, env, problems, keyPrefix);
  const settings: Settings = {
    ...read,
    // The page shows all processes, and those are known by what they publish.
    ...(read.dashboard !== false && fleetStatsAreUnset(options, env) && { fleetStats: FLEET_STATS_OF_DASHBOARD }),
    ...(read.background ? {} : NO_BACKGROUND),
    bareDefaultTtl: bare(options.defaultTtl ?? env.LARDER_DEFAULT_TTL),
    redis: redis === false ? undefined : redis,
    isRedisOff: redis === false,
    needsRedis,
    flags,
    scope: { identify, scopes, strictScope },
    http: { fastLaneUrls },
    changeFeed,
    database: databaseOf(read, changeFeed, problems),
    isDatabaseUnfollowed: read.database !== undefined && changeFeed === undefined,
    realtime: liveSettingsOf(read, problems),
    dashboard: dashboardOf(read, adminToken, env, problems),
    clock: read.clock ?? new SystemClock(),
  };
  // A switch that is both an option and a flag is read twice.
  if (problems.length > 0) throw new LarderOptionsError([...new Set(problems)]);
  return settings;
}

/** Variables of the change feed are checked in every application, also without a change feed. */
function changeFeedOf(
  { background, changeFeed: options, database }: OptionSettings,
  flags: Flags,
  env: Environment,
  problems: string[],
  keyPrefix: string,
): ChangeFeedSettings | undefined {
  if (options === undefined || !background || !flags.isEnabled('LARDER_CHANGE_FEED')) {
    readOptions(CHANGE_FEED_OPTIONS, {}, env, problems);
    return undefined;
  }
  const feed = toChangeFeedSettings(options, env, keyPrefix, database !== undefined);
  problems.push(...feed.problems);
  return feed.settings;
}

/** Without its change feed a database is not followed, and no load is observed. */
function databaseOf(
  { changeFeed: options, database }: OptionSettings,
  changeFeed: ChangeFeedSettings | undefined,
  problems: string[],
): Settings['database'] {
  if (database === undefined) return undefined;
  if (options === undefined) {
    problems.push(
      'The option database is set, and changeFeed is not; set changeFeed to { url } of the same database, which tells of its changes',
    );
  }
  if (changeFeed === undefined) return undefined;
  return 'query' in database ? [database] : database;
}

function liveSettingsOf({ realtime }: OptionSettings, problems: string[]): LiveSettings {
  const given = typeof realtime === 'object' ? realtime : {};
  problems.push(...unknownOptions(given, Object.keys(REALTIME_OPTIONS), 'realtime'));
  return readOptions(REALTIME_OPTIONS, given, {}, problems, 'realtime.');
}

/** Milliseconds. */
const FLEET_STATS_OF_DASHBOARD = 5000;

function fleetStatsAreUnset({ fleetStats }: LarderOptions, { LARDER_FLEET_STATS }: Environment): boolean {
  return fleetStats === undefined && !LARDER_FLEET_STATS;
}

/** The options of the dashboard are checked in every application, also without a dashboard. */
function dashboardOf(
  { dashboard }: OptionSettings,
  adminToken: string | undefined,
  env: Environment,
  problems: string[],
): DashboardSettings | undefined {
  const given = typeof dashboard === 'object' ? dashboard : {};
  problems.push(...unknownOptions(given, Object.keys(DASHBOARD_OPTIONS), 'dashboard'));
  const read = readOptions(DASHBOARD_OPTIONS, given, env, problems, 'dashboard.');
  if (dashboard === false) return undefined;
  return {
    ...read,
    token: read.token ?? adminToken,
    release: read.release ?? env.npm_package_version,
    isProduction: env.NODE_ENV === 'production',
  };
}

/** The given value if it is a number without a unit. */
function bare(given: unknown): number | undefined {
  if (typeof given !== 'number' && (typeof given !== 'string' || given === '')) return undefined;
  return Number.isNaN(Number(given)) ? undefined : Number(given);
}
