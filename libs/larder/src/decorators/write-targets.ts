import { disarm } from '../base/placement.js';
import type { Engine } from '../cache/engine.js';
import { ROOT_SLOT } from '../cache/versions/slots.js';
import { slotsOfTarget, slotsOfTargets } from '../cache/writes/target-slots.js';
import type { Target } from '../keys/target.js';
import type { WritePlan, WriteThroughPlan } from './plan.js';

/**
 * The slots to bump after a write. The write has succeeded, so if the `targets` function throws, the caller must not get that
 * error, and no old value may stay: everything is invalidated, and an event reports it.
 */
export async function slotsAfterWrite(
  engine: Engine,
  plan: WritePlan,
  instance: unknown,
  parameters: readonly never[],
  result: unknown,
): Promise<readonly number[]> {
  try {
    const targets = plan.targets.apply(instance, withResult(plan, parameters, result));
    disarm(targets);
    engine.context.audit?.wrote(plan.name(), [...ownKeyOf(plan, instance, parameters), ...targets]);
    return await slotsOfTargets(engine.context, targets);
  } catch (error) {
    engine.context.report({ type: 'targets-failed', method: plan.name(), error });
    return [ROOT_SLOT];
  }
}

/** The key that a write-through invalidates besides its targets. */
function ownKeyOf(plan: WritePlan, instance: unknown, parameters: readonly never[]): readonly Target[] {
  return isWriteThrough(plan) ? [plan.key.apply(instance, [...parameters])] : [];
}

function isWriteThrough(plan: WritePlan): plan is WriteThroughPlan {
  return plan.kind === 'write-through';
}

/**
 * The slots that a write will bump, as far as its parameters tell, in case this process dies during the write. None if nodes
 * share nothing, or if the targets depend on the result.
 */
export function slotsBeforeWrite(
  engine: Engine,
  plan: WritePlan,
  instance: unknown,
  parameters: readonly never[],
): readonly number[] {
  if (engine.context.shared === undefined || plan.targets.length > Math.max(plan.parameters, parameters.length))
    return [];
  try {
    const targets = plan.targets.apply(instance, [...parameters]);
    disarm(targets);
    return targets.flatMap((target) => slotsOfTarget(engine.context, target) ?? []);
  } catch {
    return [];
  }
}

/** The parameters of a call, then the result, after the last declared parameter even if optional ones were omitted. */
function withResult(plan: WritePlan, parameters: readonly never[], result: unknown): never[] {
  const place = Math.max(parameters.length, plan.parameters, plan.targets.length - 1);
  const all = [...parameters];
  all.length = place;
  all.push(result as never);
  return all;
}

/**
 * How many parameters a method declares. Its `length` omits those from the first default on; the compiler's metadata does
 * not.
 */
export function declaredParameters(target: object, property: string | symbol, descriptor: PropertyDescriptor): number {
  const types: unknown = Reflect.getMetadata('design:paramtypes', target, property);
  const { length } = descriptor.value as { length: number };
  return Array.isArray(types) ? Math.max(types.length, length) : length;
}
