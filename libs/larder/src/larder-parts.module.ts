import {
  Global,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import {
  APP_INTERCEPTOR,
  ApplicationConfig,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  ModulesContainer,
} from '@nestjs/core';
import type { AlertWatch } from './alerts/alert-watch.js';
import { FleetLifecycle } from './background/fleet-lifecycle.js';
import { addCopy } from './base/package/copies.js';
import { TimeBudget } from './base/timeout.js';
import { Cache } from './cache/cache.js';
import { Engine } from './cache/engine.js';
import { ChangeFeed } from './change-feed/change-feed.js';
import { cursorName } from './change-feed/options.js';
import type { LarderOptions } from './config/options.js';
import { type Settings, toSettings } from './config/settings.js';
import { StartupCheck } from './config/startup-check.js';
import { CountsLogger } from './counts-logger.js';
import { createEngine } from './create-cache.js';
import type { Dashboard } from './dashboard/open-dashboard.js';
import { Handlers } from './decorators/handler.js';
import type { QueryDependencies } from './dependencies/tracking/query-dependencies.js';
import { EventLogger } from './event-logger.js';
import { FlagExplorer } from './flags/flag-explorer.js';
import { Flags } from './flags/flags.js';
import { CacheExplorer } from './http/cache-explorer.js';
import { HttpCache } from './http/http-cache.js';
import type { TimerRegistry } from './jobs/backends/memory-scheduler.js';
import { Jobs } from './jobs/jobs.js';
import { JobStarter } from './jobs/nest/job-starter.js';
import { TIMER_REGISTRY } from './jobs/nest/timer-registry.module.js';
import { CACHED_FILE } from './nest/cached-file.js';
import { type Attribute, RequestOrigin } from './nest/request-origin.js';
import { SOCKET_ROOMS, SocketRooms } from './nest/socket-rooms.js';
import { LIVE_SETTINGS } from './realtime/live-queries/options.js';
import { SharedRedis } from './redis/shared-redis.js';
import { Registration } from './registration.js';
import { HandlerRegistry } from './scope/handler-registry.js';
import { InjectedHandlers } from './scope/injected-handlers.js';

/** Classes that Nest injects by their class as token: into classes of users, or into decorated ones. */
export const INJECTED = { Cache, ChangeFeed, Engine, Flags, FleetLifecycle, Handlers, Jobs, SharedRedis };
addCopy(INJECTED);

const SETTINGS = Symbol('Larder settings');
const ALERTS = Symbol('Larder alerts');
const OPEN_DASHBOARD = Symbol('Larder dashboard');
const DEPENDENCIES = Symbol('Larder dependencies');
/** The name that Redis stores. */
const CACHED_FILE_NAME = 'nest-larder file';

const UNFOLLOWED =
  "Values with dependsOn: 'queries' are loaded at each call and not cached, because the change feed is switched off " +
  '(LARDER_CHANGE_FEED or LARDER_BACKGROUND). Switch it on to cache them.';

/** Shutdown time after the jobs, in milliseconds: with the default `shutdownTimeout`, 5 s in all, half of Docker's 10 s. */
const AFTER_JOBS_TIMEOUT = 2000;
/** Minimum shutdown time of all parts together, in milliseconds. */
const MIN_STOP_TIMEOUT = 5000;

/** The parts of which an application has one instance, also if it imports `LarderModule` several times. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: Registration, inject: [ModulesContainer], useFactory: registrationOf },
    { provide: SETTINGS, inject: [Registration], useFactory: settingsFrom },
    { provide: LIVE_SETTINGS, inject: [SETTINGS], useFactory: ({ realtime }: Settings) => realtime },
    { provide: SOCKET_ROOMS, useFactory: () => new SocketRooms() },
    { provide: Engine, inject: [SETTINGS], useFactory: (settings: Settings) => createEngine(settings) },
    { provide: Cache, inject: [Engine], useFactory: (engine: Engine) => new Cache(engine) },
    { provide: DEPENDENCIES, inject: [Engine, Cache, SETTINGS], useFactory: queryDependencies },
    { provide: ChangeFeed, inject: [Cache, SETTINGS, DEPENDENCIES], useFactory: changeFeed },
    { provide: Flags, inject: [SETTINGS], useFactory: ({ flags }: Settings) => flags },
    {
      provide: SharedRedis,
      inject: [SETTINGS],
      useFactory: ({ redis, redisTimeout, keyPrefix, isRedisOff }: Settings) =>
        new SharedRedis(redis, redisTimeout, keyPrefix, isRedisOff),
    },
    { provide: HandlerRegistry, inject: [Engine, SETTINGS], useFactory: handlerRegistry },
    {
      provide: Handlers,
      inject: [HandlerRegistry, ModulesContainer],
      useFactory: (registry: HandlerRegistry, modules: ModulesContainer) => new InjectedHandlers(registry, modules),
    },
    { provide: HttpCache, inject: [Engine, HandlerRegistry, SETTINGS], useFactory: httpCaching },
    CacheExplorer,
    FlagExplorer,
    StartupCheck,
    { provide: Jobs, inject: [SETTINGS], useFactory: ({ clock }: Settings) => new Jobs(clock) },
    {
      provide: JobStarter,
      inject: [Jobs, DiscoveryService, Engine, SETTINGS, TimeBudget, { token: TIMER_REGISTRY, optional: true }],
      useFactory: jobStarter,
    },
    { provide: APP_INTERCEPTOR, inject: [Engine], useFactory: requestOrigin },
    { provide: TimeBudget, inject: [SETTINGS], useFactory: stopBudget },
    {
      provide: ALERTS,
      inject: [Engine, Cache, ChangeFeed, Jobs, FleetLifecycle, SETTINGS],
      useFactory: alertWatch,
    },
    {
      provide: OPEN_DASHBOARD,
      inject: [
        Engine,
        Cache,
        ChangeFeed,
        Jobs,
        Flags,
        FleetLifecycle,
        DiscoveryService,
        ApplicationConfig,
        SOCKET_ROOMS,
        SETTINGS,
      ],
      useFactory: openDashboard,
    },
    { provide: FleetLifecycle, inject: [DiscoveryService, SETTINGS, TimeBudget], useFactory: fleetJoiner },
  ],
  exports: [
    Cache,
    ChangeFeed,
    Engine,
    Flags,
    FleetLifecycle,
    HandlerRegistry,
    Handlers,
    Jobs,
    LIVE_SETTINGS,
    Registration,
    SharedRedis,
    SOCKET_ROOMS,
  ],
})
export class LarderParts implements NestModule, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly counts: CountsLogger | undefined;

  constructor(
    @Inject(Engine) private readonly engine: Engine,
    @Inject(ChangeFeed) private readonly feed: ChangeFeed,
    @Inject(TimeBudget) private readonly budget: TimeBudget,
    @Inject(ALERTS) private readonly alerts: AlertWatch | undefined,
    @Inject(OPEN_DASHBOARD) private readonly dashboard: Dashboard | undefined,
    @Inject(DEPENDENCIES) private readonly dependencies: FollowedDependencies | undefined,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(SETTINGS) { background, log }: Settings,
  ) {
    const { statistics, clock } = engine.context;
    this.counts = log === 'debug' && background ? new CountsLogger(statistics, clock) : undefined;
  }

  /** Before the routes of the application: a route for all paths must not hide the dashboard. */
  configure(): void {
    this.dashboard?.mount(this.adapterHost.httpAdapter);
  }

  /**
   * Starts the change feed, if configured, and the warming of critical calls and of what is expected; the start does not wait for the warming.
   *
   * @throws LarderChangeFeedError if the triggers in the database do not match the rules
   * @throws LarderOptionsError if queries cannot be observed with these options and packages
   */
  async onApplicationBootstrap(): Promise<void> {
    await this.feed.start();
    await this.dependencies?.start(this.feed).catch(async (error: unknown) => {
      // The application does not start, and nothing else would close it.
      await this.feed.close();
      throw error;
    });
    this.engine.critical.start();
    this.engine.demand?.start();
    this.counts?.start();
    this.alerts?.start();
  }

  /** The loads of `auditEverything` need what other modules close in the same hook. */
  async onModuleDestroy(): Promise<void> {
    this.dashboard?.close();
    await this.engine.context.audit?.beforeClose();
  }

  /** Nest calls this after the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    this.alerts?.stop();
    await this.budget.wait(this.dependencies?.stop() ?? Promise.resolve());
    await this.budget.wait(this.feed.close());
    await this.engine.close();
    this.counts?.stop();
  }
}

function registrationOf(modules: ModulesContainer): Registration {
  return new Registration(modules);
}

async function settingsFrom(registration: Registration): Promise<Settings> {
  return settingsOf(await registration.options);
}

function settingsOf(options: LarderOptions): Settings {
  const log = new EventLogger();
  if (typeof options !== 'object' || options === null) return toSettings(options);
  const settings = toSettings({ onEvent: (event) => log.write(event), ...options }, process.env);
  return { ...settings, classes: { ...settings.classes, [CACHED_FILE_NAME]: CACHED_FILE } };
}

/** Loaded on demand: most processes have no dashboard. */
async function openDashboard(
  engine: Engine,
  cache: Cache,
  feed: ChangeFeed,
  jobs: Jobs,
  flags: Flags,
  lifecycle: FleetLifecycle,
  discovery: DiscoveryService,
  config: ApplicationConfig,
  rooms: SocketRooms,
  settings: Settings,
): Promise<Dashboard | undefined> {
  if (settings.dashboard === undefined) return undefined;
  const { openDashboard: open } = await import('./dashboard/open-dashboard.js');
  const fleetParts = () => lifecycle.parts;
  return open(
    { ...settings, engine, cache, feed, jobs, flags, fleetParts, discovery, config, rooms },
    settings.dashboard,
  );
}

function changeFeed(
  cache: Cache,
  { changeFeed, clock, random, onEvent }: Settings,
  dependencies: FollowedDependencies | undefined,
): ChangeFeed {
  return new ChangeFeed(cache, changeFeed, { clock, random, onEvent, dependencies: dependencies?.mapper });
}

/** What loads are observed to read, once the change feed follows it. */
interface FollowedDependencies extends Pick<QueryDependencies, 'mapper' | 'stop'> {
  start(feed: ChangeFeed): Promise<void>;
}

/** Loaded on demand: most applications declare what values depend on. */
async function queryDependencies(
  engine: Engine,
  cache: Cache,
  { database: pools, isDatabaseUnfollowed, changeFeed: feedSettings, readYourWrites, clock, random }: Settings,
): Promise<FollowedDependencies | undefined> {
  if (isDatabaseUnfollowed) {
    engine.bypassObserved();
    new Logger('Larder').warn(UNFOLLOWED);
  }
  if (pools === undefined || feedSettings === undefined) return undefined;
  const { QueryDependencies } = await import('./dependencies/tracking/query-dependencies.js');
  let isFeedFollowed = () => false;
  let delivered = async (): Promise<boolean> => false;
  const dependencies = new QueryDependencies({
    ...feedSettings,
    pools,
    clock,
    random,
    sharedName: cache.isShared ? cursorName(feedSettings, true) : undefined,
    isFeedFollowed: () => isFeedFollowed(),
    invalidate: (names) => cache.invalidateDependencies(names, dependencies.mapper.show),
    readYourWrites: Number.isFinite(readYourWrites) ? readYourWrites : 0,
    delivered: () => delivered(),
    advance: () => engine.context.table.advance(),
    invalidateEverything: () => engine.writer.invalidateEverything(),
  });
  engine.observe(dependencies.tracker);
  return {
    mapper: dependencies.mapper,
    start: (feed) => {
      isFeedFollowed = () => feed.isFollowed;
      delivered = () => feed.delivered();
      return dependencies.start();
    },
    stop: () => dependencies.stop(),
  };
}

function attributeOf({ context: { diagnostics } }: Engine): Attribute | undefined {
  return diagnostics && ((origin, work) => diagnostics.attribute(origin, work));
}

/** Nest ignores an interceptor that is `null`. */
function requestOrigin(engine: Engine): RequestOrigin | null {
  const attribute = attributeOf(engine);
  return attribute ? new RequestOrigin(attribute) : null;
}

function jobStarter(
  jobs: Jobs,
  discovery: DiscoveryService,
  engine: Engine,
  settings: Settings,
  stopBudget: TimeBudget,
  timers?: TimerRegistry,
): JobStarter {
  return new JobStarter(jobs, discovery, {
    ...settings,
    timers,
    drain: settings.shutdownTimeout,
    stopBudget,
    flags: settings.jobFlags ?? settings.flags,
    isOn: settings.background && settings.flags.isEnabled('LARDER_JOBS'),
    attribute: attributeOf(engine),
  });
}

function stopBudget({ clock, shutdownTimeout }: Settings): TimeBudget {
  return new TimeBudget(clock, Math.max(MIN_STOP_TIMEOUT, shutdownTimeout + AFTER_JOBS_TIMEOUT));
}

function fleetJoiner(discovery: DiscoveryService, settings: Settings, budget: TimeBudget): FleetLifecycle {
  const { redis, redisTimeout, keyPrefix, clock } = settings;
  return new FleetLifecycle(discovery, { redis, redisTimeout, keyPrefix, clock }, budget);
}

/** Loaded on demand: most processes check no conditions. */
async function alertWatch(
  engine: Engine,
  cache: Cache,
  feed: ChangeFeed,
  jobs: Jobs,
  lifecycle: FleetLifecycle,
  settings: Settings,
): Promise<AlertWatch | undefined> {
  if (settings.alerts === Number.POSITIVE_INFINITY) return undefined;
  const { AlertWatch: Watch } = await import('./alerts/alert-watch.js');
  const { fleet, context } = engine;
  const parts = () => lifecycle.parts;
  const watched = { clock: context.clock, cache, report: () => fleet.report(), feed, jobs, parts };
  return new Watch(watched, fleet.claims, fleet.node, settings);
}

function handlerRegistry(engine: Engine, { scope }: Settings): HandlerRegistry {
  return new HandlerRegistry(engine, scope);
}

function httpCaching(engine: Engine, { admissions }: HandlerRegistry, { http }: Settings): HttpCache {
  return new HttpCache(engine, admissions, http);
}
