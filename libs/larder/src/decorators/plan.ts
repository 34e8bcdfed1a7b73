import { LarderKeyError } from '../base/errors.js';
import type { DecoratedMethod, Engine } from '../cache/engine.js';
import { type CacheOptions, type Policy, tagNames } from '../cache/policy/policy.js';
import type { Arguments } from '../cache/upkeep/cached-methods.js';
import { type Key, segmentOf } from '../keys/key.js';
import type { Tag, Target } from '../keys/target.js';
import type { Tags } from './parameter-types.js';
import type { RouteOptions } from './route-options.js';

/**
 * A function of the method's parameters, with its instance as `this`: the compiler checked them where the decorator stands,
 * here they are passed on.
 */
type Given<Result> = (this: unknown, ...parameters: never[]) => Result;

export type Original = (this: unknown, ...parameters: never[]) => Promise<unknown>;

/** What a decorator asks for: frozen data that the woven method carries out and that can be listed. */
export interface Plan extends DecoratedMethod {
  readonly kind: 'cacheable' | 'cacheable-batch' | 'write-through' | 'invalidate';
  /** The name of the method in its class. */
  readonly property: string | symbol;
  /** What has the method: the prototype of the class that declares it. */
  readonly target: object;
  /** The method itself. */
  readonly original: Original;
  readonly options: CacheOptions & Pick<RouteOptions, 'scope'>;
}

export interface CacheablePlan extends Plan {
  readonly kind: 'cacheable';
  readonly options: CacheOptions & RouteOptions;
  readonly key: Given<Key>;
  readonly tags: Given<readonly (Tag | string)[]>;
  /** The tags, as they were given. */
  readonly labels: Tags | undefined;
  /** Of what a load brings. */
  readonly valueTags: Given<readonly (Tag | string)[]> | undefined;
  readonly when: Given<boolean> | undefined;
  /** The parameters of the call that is likely to come next. */
  readonly prefetch: Given<readonly unknown[] | undefined> | undefined;
  /** The calls whose values are to be there always. */
  readonly critical:
    | boolean
    | readonly Arguments[]
    | Given<readonly Arguments[] | Promise<readonly Arguments[]>>
    | undefined;
}

export interface CacheableBatchPlan extends Plan {
  readonly kind: 'cacheable-batch';
  /** Of one id. */
  readonly key: Given<Key>;
  /** Of one id. */
  readonly tags: Given<readonly (Tag | string)[]>;
  /** Of one value that a load brings. */
  readonly valueTags: Given<readonly (Tag | string)[]> | undefined;
  readonly when: Given<boolean> | undefined;
}

export interface WritePlan extends Plan {
  readonly targets: Given<readonly Target[]>;
  /** How many parameters the method declares, as far as is known: where `targets` gets the result. */
  readonly parameters: number;
}

export interface WriteThroughPlan extends WritePlan {
  readonly kind: 'write-through';
  readonly key: Given<Key>;
  readonly tags: Given<readonly (Tag | string)[]>;
  /** Whether an error means that nothing was changed. */
  readonly unchangedOn: ((error: unknown) => boolean) | undefined;
}

export interface InvalidatePlan extends WritePlan {
  readonly kind: 'invalidate';
  readonly when: Given<boolean> | undefined;
}

const NAME = 'larder:name';
const PLANS = 'larder:plans';

/**
 * Gives a method a name of its own in statistics, metrics and warnings, instead of `Class.method`: figures stay together
 * when the class or the method is renamed.
 */
export function CacheName(name: string): MethodDecorator {
  return (target, property) => Reflect.defineMetadata(NAME, name, target, property);
}

/** The name a method goes by. Asked when it is first called, because decorators may come in any order. */
export function nameOf(target: object, property: string | symbol): string {
  const given: unknown = Reflect.getMetadata(NAME, target, property);
  return typeof given === 'string' ? given : `${target.constructor.name}.${String(property)}`;
}

export function addPlan(target: object, plan: Plan): void {
  Reflect.defineMetadata(PLANS, [...ownPlansOf(target), plan], target);
}

/** The plans of all methods of a class, inherited ones included unless only its own are asked for. */
export function plansOf(prototype: object, which: 'all' | 'own' = 'all'): readonly Plan[] {
  const plans: Plan[] = [];
  for (let level: object | null = prototype; level !== null; level = Object.getPrototypeOf(level)) {
    plans.push(...ownPlansOf(level));
    if (which === 'own') break;
  }
  return plans;
}

/** The plans of the methods that one class of a chain has itself. */
function ownPlansOf(prototype: object): readonly Plan[] {
  return (Reflect.getOwnMetadata(PLANS, prototype) as readonly Plan[] | undefined) ?? [];
}

export function isCacheable(plan: Plan): plan is CacheablePlan {
  return plan.kind === 'cacheable';
}

/** Whether a plan is that of the method a class has, and not of one that a subclass replaced. */
export function isInPlace(prototype: object, plan: Plan): boolean {
  let level: object | null = prototype;
  while (level !== null && !Object.hasOwn(level, plan.property)) level = Object.getPrototypeOf(level);
  return level !== null && ownPlansOf(level).includes(plan);
}

/** A list as a function of whatever it is called with. */
export function always<Item>(list: readonly Item[] | Given<readonly Item[]> | undefined): Given<readonly Item[]> {
  if (typeof list === 'function') return list;
  const items = Object.freeze([...(list ?? [])]);
  return () => items;
}

/**
 * The path of a call that all callers share.
 *
 * @throws LarderKeyError naming the method
 */
export function pathOf(engine: Engine, key: Key, plan: Plan, instance: unknown): string {
  let path: string;
  try {
    path = engine.context.paths.encode(key);
  } catch (error) {
    throw error instanceof LarderKeyError ? error.of(plan.name()) : error;
  }
  return Object.getPrototypeOf(instance) === plan.target ? path : path + classSegmentOf(plan, instance);
}

/** What tells apart the calls of classes that inherit one method; empty for the class that declares it. */
export function classSegmentOf(plan: Plan, instance: unknown): string {
  const of = (instance as object).constructor;
  return Object.getPrototypeOf(instance) === plan.target ? '' : segmentOf('class', of.name);
}

/** Whether only a known caller may have what a method returns. */
export function isForCallers({ options: { scope } }: { readonly options: Pick<RouteOptions, 'scope'> }): boolean {
  return scope !== undefined && scope !== 'shared';
}

/** How the value of a call is kept: the options of its method, and the tags of its parameters and of its value. */
export function policyOfCall(
  engine: Engine,
  plan: CacheablePlan | CacheableBatchPlan,
  instance: unknown,
  parameters: readonly never[],
): Policy {
  const policy = engine.policyOf(plan);
  const tags = tagNames(plan.tags.apply(instance, parameters as never[]));
  const { valueTags } = plan;
  if (valueTags === undefined) return { ...policy, tags };
  const ofValue = (value: unknown) => tagNames(valueTags.call(instance, value as never));
  return { ...policy, tags: (value) => (value === null || value === undefined ? tags : [...tags, ...ofValue(value)]) };
}
