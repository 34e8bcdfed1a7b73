import { type DynamicModule, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { SchedulerRegistry } from '@nestjs/schedule';

/** Where the timers of jobs are listed; not there without `@nestjs/schedule`. */
export const TIMER_REGISTRY = Symbol('Larder timer registry');

/**
 * The `SchedulerRegistry` of an application that does not import `ScheduleModule`, and that of `ScheduleModule` in one that does.
 * That module itself is not imported: a second one would call every method twice.
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

/** Which one it is, is looked up when it is used: while it is made the application's own may not be there yet. */
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
