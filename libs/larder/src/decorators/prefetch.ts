import type { Engine } from '../cache/engine.js';
import { callOf } from './call-of.js';
import type { CacheablePlan } from './plan.js';

/** Prepares what is likely to be asked for next, once this call has its answer. Nobody waits for it. */
export function prefetchAfter(
  answer: Promise<unknown>,
  engine: Engine,
  plan: CacheablePlan,
  instance: unknown,
  parameters: never[],
): void {
  const predict = () => {
    const next = plan.prefetch?.(...parameters);
    return next === undefined ? undefined : callOf(engine, plan, instance, next);
  };
  answer.then(
    () => engine.prefetcher.offer(plan.name(), predict),
    () => {},
  );
}
