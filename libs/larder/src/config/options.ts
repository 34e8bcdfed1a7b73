import type { Clock } from '../base/clock.js';
import type { Duration, Size } from '../base/units.js';
import type { Classes } from '../cache/entries/classes.js';
import type { Leases } from '../cache/shared-tier/leases.js';
import type { Tier } from '../cache/shared-tier/tier.js';
import type { EventListener } from '../cache/state/events.js';
import type { JournalFactory } from '../cache/versions/journal.js';
import type { ChangeFeedOptions } from '../change-feed/options.js';
import type { JobFlags } from '../jobs/nest/job-explorer.js';
import type { RealtimeOptions } from '../realtime/live-queries/options.js';
import type { RedisAddress } from '../redis/address.js';
import type { Identify } from '../scope/caller-identity.js';

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
   * The Redis that all nodes share: a URL, options of ioredis, `{ cluster }`, or a client the application already has, which
   * is copied. `false` for none on purpose, in production too. Default: none, everything stays in this process.
   * `LARDER_REDIS_URL`, which takes `off` for none.
   */
  readonly redis?: RedisAddress | false;
  /** How long a call of Redis may take. Default `'250ms'`. `LARDER_REDIS_TIMEOUT` */
  readonly redisTimeout?: Duration;
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
   * `'30s'`. `LARDER_WRITE_INTENT_TTL`
   */
  readonly writeIntentTtl?: Duration;
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
  /** How long jobs that run may go on when the application stops. Larder takes up to 2 s more. Default `'3s'`. `LARDER_SHUTDOWN_TIMEOUT` */
  readonly shutdownTimeout?: Duration;
  /** Tells which feature flags are on, for jobs that need one. Default: those of the environment (`Flags`). */
  readonly jobFlags?: JobFlags;
  /** Whether `prefetch` of decorated methods has any effect. Default `true`. `LARDER_PREFETCH` */
  readonly prefetch?: boolean;
  /** Whether `critical` calls are warmed by themselves. Default `true`. `LARDER_WARMING` */
  readonly warming?: boolean;
  /** How often they are warmed, after the start. Default `'30m'`. `LARDER_WARM_INTERVAL` */
  readonly warmInterval?: Duration;
  /** Whether hot and critical entries are fetched anew before they expire. Default `true`. `LARDER_BACKGROUND_REFRESH` */
  readonly backgroundRefresh?: boolean;
  /** How often they are looked for. Default `'5m'`. `LARDER_REFRESH_INTERVAL` */
  readonly refreshInterval?: Duration;
  /**
   * Patterns of keys, such as `tournaments:list*`, whose entries count as critical for the background refresh, whichever method
   * loads them. The variable separates them by commas. Default `[]`. `LARDER_CRITICAL_KEYS`
   */
  readonly criticalKeys?: readonly string[];
  /**
   * Who asks, for methods with `scope: 'user'`: called after the guards with the request (of a socket its handshake, of a
   * GraphQL operation the request that brought it) and Nest's context of the call; what it answers tells one user from all
   * others. Default: `id` or `sub` of `request.user`, else `userId` of `request.session`.
   */
  readonly identify?: Identify;
  /**
   * Other scopes that methods may name, each with a function that answers, as `identify` does, what tells one from all
   * others. Default: none.
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
   * Whether invalidations say where they come from and what they name, in the journal and as `invalidated` events of every
   * node that has this on. Default false. `LARDER_DIAGNOSTICS`
   */
  readonly diagnostics?: boolean;
  /**
   * `debug`: every 10 s `LarderModule` logs, at debug level, the hits, misses and loads of each method, and the invalidations
   * and sweeps of the cache since the last line. Nest's logger must let debug lines through. Default `'info'`. `LARDER_LOG`
   */
  readonly log?: 'info' | 'debug';
  /** Whether handlers that should declare a scope, and do not, keep the application from starting. Default false. `LARDER_STRICT_SCOPE` */
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
