import {
  type DynamicModule,
  Inject,
  type InjectionToken,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OptionalFactoryDependency,
  type Provider,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { FleetJoiner } from './background/fleet-lifecycle.js';
import { Cache } from './cache/cache.js';
import { Engine } from './cache/engine.js';
import { ChangeFeed } from './change-feed/change-feed.js';
import type { LarderOptions } from './config/options.js';
import { type Settings, toSettings } from './config/settings.js';
import { StartCheck } from './config/startup-check.js';
import { createEngine } from './create-cache.js';
import { Handlers } from './decorators/handler.js';
import { EventLog } from './event-logger.js';
import { FlagExplorer } from './flags/flag-explorer.js';
import { Flags } from './flags/flags.js';
import { DecoratorExplorer } from './http/cache-explorer.js';
import { HttpCaching } from './http/http-cache.js';
import type { TimerRegistry } from './jobs/backends/memory-scheduler.js';
import { Jobs } from './jobs/jobs.js';
import { JobStarter } from './jobs/nest/job-starter.js';
import { TIMER_REGISTRY, TimerRegistryModule } from './jobs/nest/timer-registry.module.js';
import type { RealtimeOptions } from './realtime/live-queries/options.js';
import { SharedRedis } from './redis/shared-redis.js';
import { HandlerRegistry } from './scope/handler-registry.js';

const OPTIONS = Symbol('Larder options');
const SETTINGS = Symbol('Larder settings');

/** Options that are known once other providers are. */
export interface LarderAsyncOptions<Dependencies extends unknown[] = never[]> extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: readonly (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (...dependencies: Dependencies) => LarderOptions | Promise<LarderOptions>;
  /** As the option of that name, which must be known before the factory runs. */
  readonly realtime?: boolean | RealtimeOptions;
}

/**
 * Larder in a Nest application: import it once, in the root module. It is global: decorators work on every controller and
 * provider, and {@link Cache} can be injected everywhere. Each application has a cache of its own.
 */
@Module({})
export class LarderModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(Engine) private readonly engine: Engine,
    @Inject(ChangeFeed) private readonly feed: ChangeFeed,
  ) {}

  /**
   * Options given here go before their environment variables; without options everything comes from the environment.
   * Starting the application fails with a LarderOptionsError that lists everything wrong with either.
   *
   * @example
   * ```ts
   * @Module({ imports: [LarderModule.forRoot({ defaultTtl: '5m', maxBytes: '256mb' })] })
   * export class AppModule {}
   * ```
   */
  static forRoot(options: LarderOptions = {}): DynamicModule {
    return withOptions({ provide: OPTIONS, useValue: options }, realtimeOf(options));
  }

  /**
   * Like {@link forRoot}, with options that a factory makes of other providers.
   *
   * @example
   * ```ts
   * LarderModule.forRootAsync({ imports: [SettingsModule], inject: [Settings], useFactory: (settings: Settings) => settings.cache })
   * ```
   */
  static forRootAsync<Dependencies extends unknown[]>(options: LarderAsyncOptions<Dependencies>): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    return withOptions({ provide: OPTIONS, inject: [...inject], useFactory }, [...imports, ...realtimeOf(options)]);
  }

  /**
   * Begins to read the change feed, if there is one, and to warm what is critical, for which nobody waits.
   *
   * @throws LarderChangeFeedError if the triggers in the database are not those that its rules need
   */
  async onApplicationBootstrap(): Promise<void> {
    await this.feed.start();
    this.engine.critical.start();
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.feed.close();
    await this.engine.close();
  }
}

function withOptions(options: Provider, imports: NonNullable<ModuleMetadata['imports']> = []): DynamicModule {
  return {
    module: LarderModule,
    global: true,
    imports: [DiscoveryModule, TimerRegistryModule.load(), ...imports],
    providers: [
      options,
      { provide: SETTINGS, inject: [OPTIONS], useFactory: settingsOf },
      { provide: Engine, inject: [SETTINGS], useFactory: createEngine },
      { provide: Cache, inject: [Engine], useFactory: (engine: Engine) => new Cache(engine) },
      { provide: ChangeFeed, inject: [Cache, SETTINGS], useFactory: changeFeed },
      { provide: Flags, inject: [SETTINGS], useFactory: ({ flags }: Settings) => flags },
      {
        provide: SharedRedis,
        inject: [SETTINGS],
        useFactory: ({ redis, redisDeadline, keyPrefix, isRedisOff }: Settings) =>
          new SharedRedis(redis, redisDeadline, keyPrefix, isRedisOff),
      },
      { provide: HandlerRegistry, inject: [Engine, SETTINGS], useFactory: handlerRegistry },
      { provide: Handlers, useExisting: HandlerRegistry },
      { provide: HttpCaching, inject: [Engine, HandlerRegistry, SETTINGS], useFactory: httpCaching },
      DecoratorExplorer,
      FlagExplorer,
      StartCheck,
      { provide: Jobs, inject: [SETTINGS], useFactory: ({ clock }: Settings) => new Jobs(clock) },
      {
        provide: JobStarter,
        inject: [Jobs, DiscoveryService, SETTINGS, { token: TIMER_REGISTRY, optional: true }],
        useFactory: jobStarter,
      },
      { provide: FleetJoiner, inject: [DiscoveryService, SETTINGS], useFactory: fleetJoiner },
    ],
    exports: [Cache, ChangeFeed, Engine, Flags, Handlers, Jobs, SharedRedis],
  };
}

/** Loaded only where it is asked for: it needs packages that others do not have. */
function realtimeOf(options: Pick<LarderOptions, 'realtime'>): Promise<DynamicModule>[] {
  const realtime = options?.realtime;
  if (!realtime) return [];
  return [
    import('./realtime/realtime.module.js').then((live) => live.RealtimeModule.with(realtime === true ? {} : realtime)),
  ];
}

function settingsOf(options: LarderOptions): Settings {
  const log = new EventLog();
  if (typeof options !== 'object' || options === null) return toSettings(options);
  return toSettings({ onEvent: (event) => log.write(event), ...options }, process.env);
}

function changeFeed(cache: Cache, { changeFeed, clock, random, onEvent }: Settings): ChangeFeed {
  return new ChangeFeed(cache, changeFeed, { clock, random, onEvent });
}

function jobStarter(jobs: Jobs, discovery: DiscoveryService, settings: Settings, timers?: TimerRegistry): JobStarter {
  return new JobStarter(jobs, discovery, {
    ...settings,
    timers,
    drain: settings.jobDrain,
    flags: settings.jobFlags ?? settings.flags,
    isOn: settings.flags.isEnabled('LARDER_JOBS'),
  });
}

function fleetJoiner(discovery: DiscoveryService, settings: Settings): FleetJoiner {
  return new FleetJoiner(discovery, settings);
}

function handlerRegistry(engine: Engine, { scope }: Settings): HandlerRegistry {
  return new HandlerRegistry(engine, scope);
}

function httpCaching(engine: Engine, { admissions }: HandlerRegistry, { http }: Settings): HttpCaching {
  return new HttpCaching(engine, admissions, http);
}
