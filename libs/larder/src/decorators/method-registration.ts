import type { Engine } from '../cache/engine.js';
import type { Arguments, Callable } from '../cache/upkeep/cached-methods.js';
import { type CacheablePlan, isCacheable, isInPlace, plansOf } from './plan.js';
import { requestFor } from './replay.js';

/** Registers the cached methods of an instance; the cache then retains the instance. */
export function addMethods(engine: Engine, instance: object, prototype: object): void {
  for (const plan of plansOf(prototype)) {
    const method: unknown = (prototype as Record<string | symbol, unknown>)[plan.property];
    if (isCacheable(plan) && isInPlace(prototype, plan))
      engine.methods.add(method, instance, plan, callable(engine, plan, instance));
  }
}

function callable(engine: Engine, plan: CacheablePlan, instance: object): Callable {
  return {
    name: plan.name(),
    requestFor: (parameters) => requestFor(engine, plan, instance, parameters),
    critical: criticalOf(plan, instance),
  };
}

function criticalOf({ critical }: CacheablePlan, instance: object): Callable['critical'] {
  if (critical === undefined || critical === false) return undefined;
  if (typeof critical === 'function') return () => critical(instance as never);
  const lists: readonly Arguments[] = critical === true ? [[]] : critical;
  return () => lists;
}
