import type { AlertListener } from '../alerts/alert.js';
import type { Clock } from '../base/clock.js';
import type { Duration, Size } from '../base/units.js';
import type { Classes } from '../cache/entries/classes.js';
import type { Leases } from '../cache/shared-tier/leases.js';
import type { Tier } from '../cache/shared-tier/tier.js';
import type { EventListener } from '../cache/state/events.js';
import type { JournalFactory } from '../cache/versions/journal.js';
import type { ChangeFeedOptions } from '../change-feed/options.js';
import type { DashboardOptions } from '../dashboard/options.js';
import type { JobFlags } from '../jobs/nest/job-explorer.js';
import type { DatabasePool, OrmPool } from '../postgres/pool-database.js';
import type { RealtimeOptions } from '../realtime/live-queries/options.js';
import type { RedisAddress } from '../redis/address.js';
import type { Identify } from '../scope/caller-identity.js';

/** Options of a cache. In `LarderModule`, an option left out comes from its environment variable, else from the default. */
export interface LarderOptions {
  /** How long values without a TTL of their own are fresh: above zero, or `Infinity`. Default `'5m'`. `LARDER_DEFAULT_TTL` */
  readonly defaultTtl?: Duration;
  /** By which fraction of its TTL an entry may expire earlier, at random: 0 to 1. Default 0. `LARDER_JITTER` */
  readonly jitter?: number;
  /** Maximum number of entries in memory: at least 1. Default 100,000. `LARDER_MAX_ENTRIES` */
  readonly maxEntries?: number;
  /** Maximum bytes in memory, as estimated. Default `'128mb'`. `LARDER_MAX_BYTES` */
  readonly maxBytes?: Size;
  /** Slots of the version table: a power of two from 65,536 to 4,194,304. Default 262,144, which take 4 MB. `LARDER_SLOTS` */
  readonly slots?: number;
  /**
   * The Redis that all nodes share: a URL, options of ioredis, `{ cluster }`, or a client of the application, which Larder
   * duplicates. `false` for none, also in production. Default: none, everything stays in this process. `LARDER_REDIS_URL`, where
   * `off` means none.
   */
  readonly redis?: RedisAddress | false;
  /** Timeout of a Redis call. Default `'250ms'`. `LARDER_REDIS_TIMEOUT` */
  readonly redisTimeout?: Duration;
  /**
   * The size from which values are compressed in Redis: bytes or a string such as `'10kb'`; `true` for 1 KB, `false` for never.
   * Default `'1kb'`. `LARDER_COMPRESS_FROM`, where `off` means never.
   */
  readonly compress?: boolean | Size;
  /** Prefix of every name in Redis; nodes with the same prefix share one cache. Default `'larder'`. `LARDER_KEY_PREFIX` */
  readonly keyPrefix?: string;
  /** How many replicas must have an invalidation before it counts as delivered: at least 0. Default 0. `LARDER_WAIT_REPLICAS` */
  readonly waitReplicas?: number;
  /**
   * How long a decorated write may take before it counts as dead and its targets are invalidated for it. Default `'30s'`.
   * `LARDER_WRITE_INTENT_TTL`
   */
  readonly writeIntentTtl?: Duration;
  /** How long the cache relies on a journal that does not answer. Default `'1s'`. No effect without Redis. `LARDER_MAX_STALENESS` */
  readonly maxStaleness?: Duration;
  /**
   * Names of the simulations of the application, such as `player-movement`: each becomes a flag, `simulation:<name>`. Default:
   * the names in the variable. `SIMULATION_FEATURE_FLAG` selects those that run.
   */
  readonly simulations?: readonly string[];
  /**
   * Live queries and the broadcaster of `nest-larder/realtime`, for applications with sockets. Default: none. The flag
   * `LARDER_LIVE_QUERIES` switches live queries on and off.
   */
  readonly realtime?: boolean | RealtimeOptions;
  /** A page with statistics, entries, jobs and actions (`nest-larder/dashboard`): `true`, or its options. `LARDER_DASHBOARD` */
  readonly dashboard?: boolean | DashboardOptions;
  /** How long running jobs may go on when the application stops. Larder takes up to 2 s more. Default `'3s'`. `LARDER_SHUTDOWN_TIMEOUT` */
  readonly shutdownTimeout?: Duration;
  /** Answers whether a feature flag is on, for jobs that need one. Default: the flags of the environment (`Flags`). */
  readonly jobFlags?: JobFlags;
  /**
   * Whether Larder works between requests: sweeps of expired entries, prefetch, warming, background refresh, jobs and the change
   * feed. Off, for serverless functions, it starts no timer. Default `true`. `LARDER_BACKGROUND`
   */
  readonly background?: boolean;
  /** Whether `prefetch` of decorated methods has an effect. Default `true`. `LARDER_PREFETCH` */
  readonly prefetch?: boolean;
  /** Whether `critical` calls are warmed. Default `true`. `LARDER_WARMING` */
  readonly warming?: boolean;
  /** How often critical calls are warmed after the start. Default `'30m'`. `LARDER_WARM_INTERVAL` */
  readonly warmInterval?: Duration;
  /**
   * How many loads a minute predictive warming makes in this process at most: 10 to 100,000; `true` for 600. It learns when the
   * calls of decorated methods are made, and loads their values before. Only in `LarderModule`. Default `false`: none.
   * `LARDER_PREDICTIVE_WARMING`, where `off` means none.
   */
  readonly predictiveWarming?: boolean | number;
  /** Whether hot and critical entries are refreshed before they expire. Default `true`. `LARDER_BACKGROUND_REFRESH` */
  readonly backgroundRefresh?: boolean;
  /** How often entries are checked for background refresh. Default `'5m'`. `LARDER_REFRESH_INTERVAL` */
  readonly refreshInterval?: Duration;
  /**
   * Patterns of keys, such as `tournaments:list*`. Their entries, loaded by any method, count as critical for the background
   * refresh. In the variable, commas separate the patterns. Default `[]`. `LARDER_CRITICAL_KEYS`
   */
  readonly criticalKeys?: readonly string[];
  /**
   * Identifies the caller, for methods with `scope: 'user'`. Called after the guards with the request (for a socket its
   * handshake, for a GraphQL operation its HTTP request) and Nest's context of the call; returns an id that is unique to the
   * user. Default: `id` or `sub` of `request.user`, else `userId` of `request.session`.
   */
  readonly identify?: Identify;
  /**
   * Further scopes that methods may name, each with a function that returns, as `identify` does, an id that is unique within the
   * scope. Default: none.
   *
   * @example
   * ```ts
   * const options: LarderOptions = {
   *   scopes: { tenant: ({ headers }) => headers['x-tenant']?.toString() },
   * };
   * ```
   */
  readonly scopes?: Readonly<Record<string, Identify>>;
  /**
   * Whether invalidations record their origin and target, in the journal and as `invalidated` events of every node with this
   * option. Default false. `LARDER_DIAGNOSTICS`
   */
  readonly diagnostics?: boolean;
  /**
   * Which share of the hits is compared in the background with a fresh load, to find invalidations that were forgotten: 0 to
   * 1, such as 0.001; 1 for tests. Default 0: none. `LARDER_AUDIT`
   */
  readonly audit?: number;
  /**
   * How many loads a second the audit makes in this process at most, from 1; two run at the same time. Default 10.
   * `LARDER_AUDIT_LOADS`
   */
  readonly auditLoads?: number;
  /** Whether findings of the audit show the values that differ. Default true. `LARDER_AUDIT_VALUES` */
  readonly auditValues?: boolean;
  /**
   * Whether the adviser watches a sample of the keys, for `cache.advice()`: it takes at most 1 MB of memory and one percent of a
   * processor. Default false. `LARDER_ADVISER`
   */
  readonly adviser?: boolean;
  /**
   * How often this process publishes its statistics in Redis, for `cache.stats({ fleet: true })` of every process: `'1s'` to
   * `'1m'`; `true` for `'5s'`. Default `false`: never. `LARDER_FLEET_STATS`, where `off` means never.
   */
  readonly fleetStats?: boolean | Duration;
  /**
   * How often this process checks the conditions of alerts: `'1s'` to `'5m'`; `true` for `'10s'`. Only in `LarderModule`.
   * Default `false`: never. `LARDER_ALERTS`, where `off` means never.
   */
  readonly alerts?: boolean | Duration;
  /**
   * An http or https URL that alerts are sent to, as JSON in a POST request, signed with `alertSecret`. No effect without
   * `alerts`. Default: none. `LARDER_ALERT_WEBHOOK`
   */
  readonly alertWebhook?: string;
  /** Signs what is sent to `alertWebhook`: 16 to 1024 visible ASCII characters. `LARDER_ALERT_SECRET` */
  readonly alertSecret?: string;
  /**
   * Receives each alert at its start and at its end, in one process of the fleet. No effect without `alerts`. Default: none; the
   * log has them.
   *
   * @example
   * ```ts
   * const options: LarderOptions = {
   *   alerts: true,
   *   onAlert: ({ name, state, message }) => console.error(name, state, message),
   * };
   * ```
   */
  readonly onAlert?: AlertListener;
  /**
   * `debug`: every 10 s `LarderModule` logs, at debug level, the hits, misses and loads of each method, and the invalidations
   * and sweeps of the cache since the last line. Nest's logger must have its debug level on. Default `'info'`. `LARDER_LOG`
   */
  readonly log?: 'info' | 'debug';
  /** Whether a guarded method without `scope` stops the start. Default false. `LARDER_STRICT_SCOPE` */
  readonly strictScope?: boolean;
  /** How many URLs the fast lane stores: at least 0. Default 10,000. `LARDER_FAST_LANE_URLS` */
  readonly fastLaneUrls?: number;
  /** Invalidates what changes in PostgreSQL; only in `LarderModule`. Default: no change feed. */
  readonly changeFeed?: ChangeFeedOptions;
  /**
   * The database whose queries cached values may depend on (`dependsOn: 'queries'`): a pool of the package `pg`; of several pools,
   * the first is asked about tables. Queries are observed in every copy of `pg` that one of the pools comes from. The others may be
   * the own pool of an ORM: a load that waits for its connections is then not taken to wait for the queries of other loads. Needs
   * `changeFeed` and the package `libpg-query`; only in `LarderModule`. Default: none.
   */
  readonly database?: DatabasePool | readonly [DatabasePool, ...(DatabasePool | OrmPool)[]];
  /**
   * How long a commit through a client that `database` observes waits until the change feed has delivered it, so that no later read
   * is served an older value: `'10ms'` to `'10s'`; `false` for no wait. What is not delivered by then invalidates everything that
   * depends on the database. Default `'250ms'`. `LARDER_READ_YOUR_WRITES`
   */
  readonly readYourWrites?: boolean | Duration;
  /** Records invalidations. Default: in Redis if configured, else in this process. */
  readonly journal?: JournalFactory;
  /** Stores the entries that all nodes share. Default: in Redis if configured, else none. */
  readonly tier?: Tier;
  /** Elects one of the nodes that miss a key to load it. Default: in Redis if configured, else each process loads. */
  readonly leases?: Leases;
  /**
   * Classes whose instances may be cached, each with a name that stays when the class is renamed. A cached instance has its
   * class and its own enumerable members, frozen. A class with further state needs `{ class, store, restore }`; each caller then
   * gets a new instance. All nodes must know the same names. Default: none.
   *
   * @example
   * ```ts
   * const options: LarderOptions = {
   *   classes: { url: { class: URL, store: String, restore: (text: string) => new URL(text) } },
   * };
   * ```
   */
  readonly classes?: Classes;
  /** Receives events, such as a value that could not be stored. Default: no listener; in `LarderModule`, Nest's log. */
  readonly onEvent?: EventListener;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Returns numbers from 0 up to 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
}
