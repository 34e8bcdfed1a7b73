import type { AlertListener } from '../alerts/alert.js';
import type { Clock } from '../base/clock.js';
import { type Size, toBytes } from '../base/units.js';
import { type Classes, problemsOfClasses } from '../cache/entries/classes.js';
import { toCompressFrom } from '../cache/policy/policy.js';
import type { Leases } from '../cache/shared-tier/leases.js';
import type { Tier } from '../cache/shared-tier/tier.js';
import type { EventListener } from '../cache/state/events.js';
import type { JournalFactory } from '../cache/versions/journal.js';
import { CHANGE_FEED_OPTIONS, type ChangeFeedOptions } from '../change-feed/options.js';
import { DASHBOARD_OPTIONS, type DashboardOptions } from '../dashboard/options.js';
import { FLAGS, simulationFlag } from '../flags/flag-options.js';
import type { JobFlags } from '../jobs/nest/job-explorer.js';
import { adminToken } from '../options/admin-token.js';
import { type Option, type Options, option, type Schema } from '../options/option.js';
import {
  duration,
  durationOrOff,
  durationWithin,
  fraction,
  hasMethods,
  inCode,
  integer,
  integerOrOff,
  isFunction,
  list,
  name,
  oneOf,
  powerOfTwo,
  secret,
  size,
  toggle,
  toSwitch,
} from '../options/values.js';
import type { DatabasePool, OrmPool } from '../postgres/pool-database.js';
import { REALTIME_OPTIONS, type RealtimeOptions } from '../realtime/live-queries/options.js';
import { CONNECTION_OPTIONS } from '../redis/options.js';
import { type Identify, identifyByUser } from '../scope/caller-identity.js';
import { problemsOfScopes } from './scopes.js';

const isObject = hasMethods();
const isPool = hasMethods('query', 'connect');
const isOrmPool = hasMethods('acquire');
const isPools = (given: unknown) => {
  const [first, ...others] = [given].flat();
  return isPool(first) && others.every((other) => isPool(other) || isOrmPool(other));
};

/** Bytes; `Infinity` for never. A number is a size, not a switch, even `1`. */
const compressFrom: Schema<number, boolean | Size> = {
  takes: "bytes above zero, a size such as '1kb', or 'off'",
  documented: 'bytes above zero or a size such as `1kb`; `true` or `false`, as a variable `on` or `off`',
  asText: 'bytes above zero, a size such as 1kb, or off',
  read: (given) => toCompressFrom(toBytes(given) ?? (given === '0' ? undefined : toSwitch(given))),
};

/** The URL may contain a token. */
const webhook: Schema<string> = secret(
  { takes: 'an http or https URL', read: (given) => (isWebUrl(given) ? given : undefined) },
  () => 'expected an http or https URL',
);

function isWebUrl(given: unknown): given is string {
  return typeof given === 'string' && URL.canParse(given) && /^https?:$/.test(new URL(given).protocol);
}

const classes: Schema<Classes> = {
  takes: 'names with classes, or with { class, store, restore }',
  read: (given) => (problemsOfClasses(given).length === 0 ? (given as Classes) : undefined),
  problemsOf: problemsOfClasses,
};

const scopes: Schema<Readonly<Record<string, Identify>>> = {
  takes: 'an object of functions',
  read: (given) =>
    problemsOfScopes(given, '').length === 0 ? (given as Readonly<Record<string, Identify>>) : undefined,
  problemsOf: problemsOfScopes,
};

const dashboard: Schema<boolean | DashboardOptions> = {
  takes: 'on, off or an object',
  documented: '`true`, `false` or an object, as a variable `on` or `off`',
  asText: 'on or off',
  read: (given) => toSwitch(given) ?? (isObject(given) ? (given as DashboardOptions) : undefined),
};

const MEMORY = {
  defaultTtl: option(
    'LARDER_DEFAULT_TTL',
    duration('5m'),
    '5m',
    'How long values without a TTL of their own are fresh. A number below 1000 causes a warning.',
  ),
  jitter: option('LARDER_JITTER', fraction, 0, 'By which fraction of its TTL an entry may expire earlier, at random.'),
  maxEntries: option('LARDER_MAX_ENTRIES', integer(1), 100_000, 'How many entries are in memory at most.'),
  maxBytes: option(
    'LARDER_MAX_BYTES',
    size('64mb'),
    '128mb',
    'How many bytes are in memory at most ([memory](#memory)).',
  ),
  slots: option(
    'LARDER_SLOTS',
    powerOfTwo(2 ** 16, 2 ** 22),
    2 ** 18,
    'Slots of the version table ([memory](#memory)).',
  ),
  maxStaleness: option(
    'LARDER_MAX_STALENESS',
    duration('1s'),
    '1s',
    'How long the cache relies on a journal that does not answer. No effect without Redis.',
  ),
} as const;

const REDIS = {
  ...CONNECTION_OPTIONS,
  compress: option(
    'LARDER_COMPRESS_FROM',
    compressFrom,
    '1kb',
    'From which size on values are compressed in Redis ([compression](redis.md#compression)).',
  ),
  waitReplicas: option(
    'LARDER_WAIT_REPLICAS',
    integer(0, 100),
    0,
    'How many replicas must have an invalidation before it counts as delivered.',
  ),
  writeIntentTtl: option(
    'LARDER_WRITE_INTENT_TTL',
    durationWithin('1ms', '1d'),
    '30s',
    'How long a decorated write may take before it counts as dead and its targets are invalidated for it.',
  ),
} as const;

const LOADING = {
  background: FLAGS.LARDER_BACKGROUND,
  prefetch: FLAGS.LARDER_PREFETCH,
  warming: FLAGS.LARDER_WARMING,
  warmInterval: option(
    'LARDER_WARM_INTERVAL',
    durationWithin('1s', '24d'),
    '30m',
    'How often critical calls are warmed after the start ([warming](warming.md)).',
  ),
  predictiveWarming: option(
    'LARDER_PREDICTIVE_WARMING',
    integerOrOff(10, 100_000, 600),
    false,
    'How many loads a minute [predictive warming](predictive-warming.md) makes in a process at most; `on` is 600.',
  ),
  backgroundRefresh: FLAGS.LARDER_BACKGROUND_REFRESH,
  refreshInterval: option(
    'LARDER_REFRESH_INTERVAL',
    durationWithin('1s', '24d'),
    '5m',
    'How often entries are checked for [background refresh](warming.md#background-refresh).',
  ),
  criticalKeys: option(
    'LARDER_CRITICAL_KEYS',
    list((glob) => glob !== '', "patterns of keys, such as 'tournaments:list*'"),
    [],
    'Patterns of keys whose entries are [critical](warming.md#background-refresh), whichever method loads them.',
  ),
} as const;

const CALLERS = {
  identify: option(
    undefined,
    inCode<Identify>('a function', isFunction),
    identifyByUser,
    'Who asks, for methods with `scope` `user` ([scopes](isolation.md)).',
  ),
  scopes: option(undefined, scopes, {}, 'Further scopes that methods may name ([scopes](isolation.md)).'),
  strictScope: option(
    'LARDER_STRICT_SCOPE',
    toggle,
    false,
    'Whether a guarded method without `scope` stops the start ([scopes](isolation.md)).',
  ),
  fastLaneUrls: option(
    'LARDER_FAST_LANE_URLS',
    integer(0, 10_000_000),
    10_000,
    'How many URLs the fast lane keeps at most ([HTTP](http.md)).',
  ),
} as const;

const JOBS = {
  shutdownTimeout: option(
    'LARDER_SHUTDOWN_TIMEOUT',
    durationWithin('1ms', '1h'),
    '3s',
    'How long running jobs may go on when the application stops ([jobs](jobs.md)).',
  ),
  jobFlags: option(
    undefined,
    inCode<JobFlags>('an object with a method isEnabled', hasMethods('isEnabled')),
    undefined,
    'Which feature flags are on, for jobs that need one. Unset: the [flags](flags.md) of the environment.',
  ),
  simulations: option(
    undefined,
    inCode<readonly string[]>(
      'a list of names',
      (given) => Array.isArray(given) && given.every((one) => typeof one === 'string'),
    ),
    undefined,
    'Names of the simulations of the application ([flags](flags.md)).',
  ),
} as const;

const PARTS = {
  changeFeed: option(
    undefined,
    inCode<ChangeFeedOptions>('an object with rules', isObject),
    undefined,
    'Invalidates what changes in PostgreSQL ([change feed](change-feed.md)).',
  ),
  database: option(
    undefined,
    inCode<DatabasePool | readonly [DatabasePool, ...(DatabasePool | OrmPool)[]]>(
      'a pool of pg, or a list of pools',
      isPools,
    ),
    undefined,
    "The database whose queries cached values may depend on, for `dependsOn: 'queries'` ([automatic dependencies](automatic-dependencies.md)).",
  ),
  readYourWrites: option(
    'LARDER_READ_YOUR_WRITES',
    durationOrOff('10ms', '10s', '250ms'),
    '250ms',
    'How long a commit through an observed client waits for the change feed ([own writes](automatic-dependencies.md#own-writes)).',
  ),
  realtime: option(
    undefined,
    {
      ...inCode<boolean | RealtimeOptions>(
        'true, false or an object',
        (given) => typeof given === 'boolean' || isObject(given),
      ),
      documented: '`true`, `false` or an object',
    },
    false,
    'Live queries and the broadcaster ([live queries](live-queries.md)).',
  ),
  dashboard: option('LARDER_DASHBOARD', dashboard, false, 'The dashboard at `/larder` ([dashboard](dashboard.md)).'),
} as const;

const OBSERVING = {
  diagnostics: option(
    'LARDER_DIAGNOSTICS',
    toggle,
    false,
    'Whether invalidations name their origin ([where invalidations come from](steering.md#where-invalidations-come-from)).',
  ),
  audit: option(
    'LARDER_AUDIT',
    fraction,
    0,
    'Which share of the hits is compared with a fresh load, to find invalidations that were forgotten; 0 for none ([audit](audit.md)).',
  ),
  auditLoads: option(
    'LARDER_AUDIT_LOADS',
    integer(1, 100_000),
    10,
    'How many loads a second the audit makes in a process at most; two run at the same time ([audit](audit.md)).',
  ),
  auditValues: option(
    'LARDER_AUDIT_VALUES',
    toggle,
    true,
    'Whether findings of the audit show the values that differ ([audit](audit.md)).',
  ),
  adviser: option(
    'LARDER_ADVISER',
    toggle,
    false,
    'Whether the [adviser](adviser.md) watches a sample of the keys, in at most 1 MB of memory.',
  ),
  fleetStats: option(
    'LARDER_FLEET_STATS',
    durationOrOff('1s', '1m', '5s'),
    false,
    'How often this process publishes its statistics for the others; `on` is `5s` ([fleet](fleet.md)).',
  ),
  alerts: option(
    'LARDER_ALERTS',
    durationOrOff('1s', '5m', '10s'),
    false,
    'How often this process checks the conditions of [alerts](alerts.md); `on` is `10s`.',
  ),
  alertWebhook: option(
    'LARDER_ALERT_WEBHOOK',
    webhook,
    undefined,
    'Where [alerts](alerts.md#the-webhook) are sent. Unset: nowhere.',
  ),
  alertSecret: option(
    'LARDER_ALERT_SECRET',
    secret(
      name(/^[!-~]{16,1024}$/, '16 to 1024 visible ASCII characters'),
      () => 'expected 16 to 1024 visible ASCII characters',
    ),
    undefined,
    'Signs what is sent to the [webhook](alerts.md#the-webhook).',
  ),
  onAlert: option(
    undefined,
    inCode<AlertListener>('a function', isFunction),
    () => {},
    'Receives each [alert](alerts.md) at its start and at its end.',
  ),
  log: option(
    'LARDER_LOG',
    oneOf('info', 'debug'),
    'info',
    '`debug`: counts are logged every ten seconds ([counts in the log](steering.md#counts-in-the-log)).',
  ),
  onEvent: option(
    undefined,
    inCode<EventListener>('a function', isFunction),
    () => {},
    'Receives [events](steering.md#events).',
  ),
} as const;

const OWN_PARTS = {
  classes: option(undefined, classes, {}, 'Classes whose instances are cached ([entities](caching.md#entities)).'),
  journal: option(
    undefined,
    inCode<JournalFactory>('a function that makes a journal', isFunction),
    undefined,
    'A [journal of your own](testing.md#your-own-store-tier-journal-or-leases).',
  ),
  tier: option(
    undefined,
    inCode<Tier>('a tier', hasMethods('getMany', 'setMany')),
    undefined,
    'A [shared tier of your own](testing.md#your-own-store-tier-journal-or-leases).',
  ),
  leases: option(
    undefined,
    inCode<Leases>('leases', hasMethods('take')),
    undefined,
    '[Leases of your own](testing.md#your-own-store-tier-journal-or-leases).',
  ),
  clock: option(
    undefined,
    inCode<Clock>('a clock, such as FakeClock of nest-larder/testing', hasMethods('now', 'elapsed', 'turn', 'after')),
    undefined,
    'The time. Unset: the machine’s ([testing](testing.md)).',
  ),
  random: option(
    undefined,
    inCode<() => number>('a function that answers numbers from 0 up to 1', isFunction),
    Math.random,
    'The source of chance, for jitter.',
  ),
} as const;

/** The options of `LarderModule` and of `createCache`. */
export const OPTIONS = { ...MEMORY, ...REDIS, ...LOADING, ...CALLERS, ...JOBS, ...PARTS, ...OBSERVING, ...OWN_PARTS };

/** An environment variable without an option. */
export const ADMIN_TOKEN: Option<string | undefined, string> = option(
  'LARDER_ADMIN_TOKEN',
  adminToken,
  undefined,
  'Opens admin routes ([production](production.md#the-admin-token)). Unset: they do not exist.',
);

/** Options that belong together, as the documentation shows them. */
export interface OptionGroup {
  readonly title: string;
  /** The prefix of its options' names. */
  readonly prefix: string;
  readonly options: Options;
}

/** All options, in the order of the documentation. */
export const OPTION_GROUPS: readonly OptionGroup[] = [
  { title: 'Memory and freshness', prefix: '', options: MEMORY },
  { title: 'Redis', prefix: '', options: REDIS },
  { title: 'Loading ahead', prefix: '', options: LOADING },
  { title: 'Callers and HTTP', prefix: '', options: CALLERS },
  { title: 'Jobs and simulations', prefix: '', options: JOBS },
  { title: 'Change feed, live queries and dashboard', prefix: '', options: PARTS },
  { title: 'Change feed', prefix: 'changeFeed.', options: CHANGE_FEED_OPTIONS },
  { title: 'Live queries', prefix: 'realtime.', options: REALTIME_OPTIONS },
  { title: 'Dashboard', prefix: 'dashboard.', options: DASHBOARD_OPTIONS },
  { title: 'Logs and events', prefix: '', options: OBSERVING },
  { title: 'Parts of your own', prefix: '', options: OWN_PARTS },
];

/** Environment variables without an option. */
export const VARIABLES: Options = {
  LARDER_ADMIN_TOKEN: ADMIN_TOKEN,
  ...FLAGS,
  SIMULATION_FEATURE_FLAG: simulationFlag(),
};
