import { type DynamicModule, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { SchedulerRegistry } from '@nestjs/schedule';

/** The registry that lists the timers of jobs; not provided without `@nestjs/schedule`. */
export const TIMER_REGISTRY = Symbol('Larder timer registry');

/**
 * Provides the `SchedulerRegistry` of the application's `ScheduleModule`, or one of its own if the application imports none.
 * It does not import `ScheduleModule`: a second one would call every scheduled method twice.
 */
@Module({})
export class TimerRegistryModule {
  static async load(): Promise<DynamicModule> {
    const schedule = await import('@nestjs/schedule').catch(() => undefined);
    if (schedule === undefined) return { module: TimerRegistryModule };
    const { SchedulerRegistry } = schedule;
    return {
      module: TimerRegistryModule,
      global: true,
      providers: [
        {
          provide: SchedulerRegistry,
          inject: [ModulesContainer],
          useFactory: (modules: ModulesContainer) => registryOf(modules, SchedulerRegistry),
        },
        { provide: TIMER_REGISTRY, useExisting: SchedulerRegistry },
      ],
      exports: [SchedulerRegistry, TIMER_REGISTRY],
    };
  }
}

/** A proxy that finds the registry at its first use: the application's own may not exist before. */
function registryOf(modules: ModulesContainer, Registry: typeof SchedulerRegistry): SchedulerRegistry {
  const own = new Registry();
  let found: object | undefined;
  return new Proxy(own, {
    get: (_, property) => {
      found ??= applicationRegistry(modules, Registry) ?? own;
      const value: unknown = Reflect.get(found, property);
      return typeof value === 'function' ? value.bind(found) : value;
    },
  });
}

function applicationRegistry(modules: ModulesContainer, Registry: typeof SchedulerRegistry): object | undefined {
  for (const { metatype, providers } of modules.values()) {
    const instance: unknown = metatype === TimerRegistryModule ? undefined : providers.get(Registry)?.instance;
    if (instance instanceof Registry) return instance;
  }
  return undefined;
}
