import type { Engine } from '../cache/engine.js';
import { ReadRequest } from '../cache/state/read-request.js';
import { type CacheablePlan, isForCallers, pathOf, policyOfCall } from './plan.js';
import { callForValue, handlerOf } from './weave.js';

/**
 * A call of a decorated method by the cache itself; `undefined` if the call would not use the cache.
 *
 * @throws LarderKeyError naming the method
 */
export function requestFor(
  engine: Engine,
  plan: CacheablePlan,
  instance: unknown,
  parameters: readonly unknown[],
): ReadRequest | undefined {
  const given = parameters as never[];
  // No request, so no user.
  if (isForCallers(plan)) return undefined;
  if (plan.when !== undefined && !plan.when.apply(instance, given)) return undefined;
  const path = pathOfCall(plan, instance, given);
  if (path === undefined) return undefined;
  noteReload(engine, plan, path, instance, parameters);
  const policy = policyOfCall(engine, plan, instance, given);
  return new ReadRequest(path, (context) => callForValue(plan, instance, given, given, context), policy);
}

/**
 * The path of a call without a request; `undefined` if the path depends on the request.
 *
 * @throws LarderKeyError naming the method
 */
export function pathOfCall(plan: CacheablePlan, instance: unknown, parameters: never[]): string | undefined {
  const path = pathOf(plan.key.apply(instance, parameters), plan, instance);
  const handler = handlerOf(instance, plan);
  return handler === undefined ? path : handler.withoutRequest(path);
}

/** Registers an entry for background refresh, if the instance lives as long as the application. */
function noteReload(
  engine: Engine,
  plan: CacheablePlan,
  path: string,
  instance: unknown,
  parameters: readonly unknown[],
): void {
  const callable = engine.methods.ofInstance(instance as object, plan);
  if (callable !== undefined) engine.background.note(path, callable, parameters);
}

/** The same for a caller that missed the value, whose call tells predictive warming what callers ask for. */
export function noteMiss(
  engine: Engine,
  plan: CacheablePlan,
  path: string,
  instance: unknown,
  parameters: readonly unknown[],
): void {
  const callable = engine.methods.ofInstance(instance as object, plan);
  if (callable === undefined) return;
  engine.background.note(path, callable, parameters);
  engine.demand?.missed(path, callable, parameters);
}

/** Prefetches the predicted next call, once this call has its value. The caller does not wait for it. */
export function prefetchAfter(
  answer: Promise<unknown>,
  engine: Engine,
  plan: CacheablePlan,
  instance: unknown,
  parameters: never[],
): void {
  const predict = () => {
    const next = plan.prefetch?.apply(instance, parameters);
    return next === undefined ? undefined : requestFor(engine, plan, instance, next);
  };
  answer.then(
    () => engine.prefetcher.offer(plan.name(), predict),
    () => {},
  );
}
