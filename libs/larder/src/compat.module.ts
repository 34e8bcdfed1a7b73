import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { ExternalContextCreator, ModulesContainer, Reflector } from '@nestjs/core';
import { Cache as LarderCache } from './cache/cache.js';
import { Engine } from './cache/engine.js';
import { Cache } from './compat/cache.js';
import { LeakGuard } from './compat/leak-guard.js';
import { namespaceOf, REGISTERED, type Registered } from './compat/namespace.js';
import {
  type CacheManagerOptions,
  type CacheModuleAsyncOptions,
  type CacheModuleOptions,
  type CacheOptions,
  checkCompatOptions,
} from './compat/options.js';
import { StringCache } from './compat/string-cache.js';
import { CACHE_MANAGER, LEAK_GUARD } from './compat/tokens.js';
import { INJECTED, LarderParts } from './larder-parts.module.js';
import { OtherCopies } from './nest/other-copies.module.js';
import { HandlerRegistry } from './scope/handler-registry.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<CacheOptions>({
  moduleName: 'Cache',
})
  .setFactoryMethodName('createCacheOptions')
  .build();

/** The token of the options of {@link CacheModule}. */
export const CACHE_MODULE_OPTIONS = MODULE_OPTIONS_TOKEN;

/**
 * The `CacheModule` of `@nestjs/cache-manager` on Larder: provides `CACHE_MANAGER` and `Cache`. Works by itself, with the
 * options of Larder from the environment; import `LarderModule.forRoot(…)` too for others, such as `classes`.
 */
@Module({
  imports: [LarderParts, OtherCopies.of(INJECTED)],
  providers: [
    {
      provide: CACHE_MANAGER,
      inject: [LarderCache, Engine, ModulesContainer, REGISTERED, MODULE_OPTIONS_TOKEN],
      useFactory: stringCache,
    },
    { provide: Cache, useExisting: CACHE_MANAGER },
    {
      provide: LEAK_GUARD,
      inject: [HandlerRegistry, ExternalContextCreator, Reflector],
      useFactory: ({ admissions }: HandlerRegistry, contexts: ExternalContextCreator, reflector: Reflector) =>
        new LeakGuard(admissions, contexts, reflector),
    },
  ],
  exports: [CACHE_MANAGER, Cache, LEAK_GUARD],
})
export class CacheModule {
  /**
   * Registers a cache with given options.
   *
   * @throws LarderOptionsError when the application starts, listing every invalid option
   *
   * @example
   * ```ts
   * @Module({ imports: [CacheModule.register({ ttl: 60_000, isGlobal: true })] })
   * export class AppModule {}
   * ```
   */
  static register<Config extends object = Record<string, unknown>>(
    options: CacheModuleOptions<Config> = {} as CacheModuleOptions<Config>,
  ): DynamicModule {
    return registering(ConfigurableModuleClass.register(options as CacheModuleOptions), options.isGlobal);
  }

  /** Registers a cache whose options a factory or another class makes, like {@link register}. */
  static registerAsync<Config extends object = Record<string, unknown>>(
    options: CacheModuleAsyncOptions<Config>,
  ): DynamicModule {
    const definition = ConfigurableModuleClass.registerAsync(options as CacheModuleAsyncOptions);
    return registering(definition, options.isGlobal, options.extraProviders);
  }
}

function registering(
  definition: DynamicModule,
  isGlobal = false,
  extraProviders: DynamicModule['providers'] = [],
): DynamicModule {
  const registered: Registered = { isGlobal };
  return {
    ...definition,
    module: CacheModule,
    global: isGlobal,
    providers: [...(definition.providers ?? []), { provide: REGISTERED, useValue: registered }, ...extraProviders],
  };
}

function stringCache(
  cache: LarderCache,
  engine: Engine,
  modules: ModulesContainer,
  registered: Registered,
  given: CacheManagerOptions | undefined,
): StringCache {
  const options = given ?? {};
  checkCompatOptions(options);
  return new StringCache(cache, engine, namespaceOf(options, registered, modules), options);
}
