import {
  type DynamicModule,
  type InjectionToken,
  Module,
  type ModuleMetadata,
  type OptionalFactoryDependency,
  type Provider,
} from '@nestjs/common';
import { loadOptional } from './base/package/optional-package.js';
import type { LarderOptions } from './config/options.js';
import { TimerRegistryModule } from './jobs/nest/timer-registry.module.js';
import { INJECTED, LarderParts } from './larder-parts.module.js';
import { OtherCopies } from './nest/other-copies.module.js';
import type { RealtimeOptions } from './realtime/live-queries/options.js';
import { OPTIONS, Registration } from './registration.js';

const REGISTERED = Symbol('Larder options are registered');

/** Options that a factory makes from other providers. */
export interface LarderAsyncOptions<Dependencies extends unknown[] = never[]> extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: readonly (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (...dependencies: Dependencies) => LarderOptions | Promise<LarderOptions>;
  /** The option of the same name; it must be known before the factory runs. */
  readonly realtime?: boolean | RealtimeOptions;
}

/**
 * Larder in a Nest application: import it in the root module. It is global: decorators work on every controller and provider,
 * and `Cache` can be injected everywhere. Each application has its own cache. A further import with equal options shares it; one
 * with different options fails the start.
 */
@Module({})
export class LarderModule {
  /**
   * Options given here override their environment variables. The application fails to start with one LarderOptionsError that
   * lists all problems of options and variables.
   *
   * @example
   * ```ts
   * @Module({ imports: [LarderModule.forRoot({ defaultTtl: '5m', maxBytes: '256mb' })] })
   * export class AppModule {}
   * ```
   */
  static forRoot(options: LarderOptions = {}): DynamicModule {
    return registering({ provide: OPTIONS, useValue: options }, options?.realtime);
  }

  /**
   * Like {@link forRoot}, with options that a factory makes from other providers.
   *
   * @example
   * ```ts
   * LarderModule.forRootAsync({ imports: [SettingsModule], inject: [Settings], useFactory: (settings: Settings) => settings.cache })
   * ```
   */
  static forRootAsync<Dependencies extends unknown[]>(options: LarderAsyncOptions<Dependencies>): DynamicModule {
    const { imports = [], inject = [], useFactory, realtime } = options;
    return registering({ provide: OPTIONS, inject: [...inject], useFactory }, realtime, imports);
  }
}

/** A module that registers its options; `LarderParts` is created once per application. */
function registering(
  options: Provider,
  realtime: LarderOptions['realtime'],
  imports: NonNullable<ModuleMetadata['imports']> = [],
): DynamicModule {
  return {
    module: LarderModule,
    imports: [LarderParts, OtherCopies.of(INJECTED), TimerRegistryModule.load(), ...imports, ...realtimeOf(realtime)],
    providers: [
      options,
      {
        provide: REGISTERED,
        inject: [OPTIONS, Registration],
        useFactory: (given: LarderOptions, registration: Registration) =>
          registration.add(realtime === undefined ? given : { ...given, realtime }),
      },
    ],
    exports: [LarderParts],
  };
}

/** Imported on demand: it needs packages that applications without sockets do not install. */
function realtimeOf(realtime: LarderOptions['realtime']): Promise<DynamicModule>[] {
  if (!realtime) return [];
  const packages = '@nestjs/websockets @nestjs/platform-socket.io socket.io';
  const loaded = loadOptional('The option realtime', packages, () => import('./realtime/realtime.module.js'));
  return [loaded.then(({ RealtimeModule }) => RealtimeModule.once)];
}
