import { LarderKeyError } from '../base/errors.js';
import { RELEASE } from '../base/package/copies.js';
import type { Duration } from '../base/units.js';
import type { DecoratedMethod, Engine } from '../cache/engine.js';
import { type CacheOptions, type Policy, tagNames } from '../cache/policy/policy.js';
import type { LoadGatherer } from '../cache/reads/load-gatherer.js';
import type { Arguments } from '../cache/upkeep/cached-methods.js';
import { encodePath, type Key, segmentOf } from '../keys/key.js';
import type { Tag, Target } from '../keys/target.js';
import type { Tags, Ttl } from './parameter-types.js';
import type { RouteOptions } from './route-options.js';

/**
 * A function of the method's parameters, with the instance as `this`. The compiler has checked it at the decorator; here it
 * is only called.
 */
type Given<Result> = (this: unknown, ...parameters: never[]) => Result;

export type Original = (this: unknown, ...parameters: never[]) => Promise<unknown>;

/** The frozen options of a decorator, which the woven method carries out. */
export interface Plan extends DecoratedMethod {
  readonly kind: 'cacheable' | 'cacheable-batch' | 'write-through' | 'invalidate';
  readonly property: string | symbol;
  /** The prototype of the class that declares the method. */
  readonly target: object;
  readonly original: Original;
  readonly options: CacheOptions & Pick<RouteOptions, 'scope'>;
  /** Whether the registry of any application in this process has a handler for it. For most plans no registry has, and none looks for it. */
  readonly handled: { anywhere: boolean };
}

export interface CacheablePlan extends Plan {
  readonly kind: 'cacheable';
  readonly options: CacheOptions & RouteOptions;
  /** Whether each call uses the cache, and none prefetches another. */
  readonly isPlain: boolean;
  readonly key: Given<Key>;
  readonly tags: Given<readonly (Tag | string)[]>;
  /** The tags, as given. */
  readonly labels: Tags | undefined;
  /** Tags of a loaded value. */
  readonly valueTags: Given<readonly (Tag | string)[]> | undefined;
  /** The TTL of a loaded value; gets the parameters after it. */
  readonly ttlOf: Given<Duration> | undefined;
  readonly when: Given<boolean> | undefined;
  /** The parameters of the predicted next call. */
  readonly prefetch: Given<readonly unknown[] | undefined> | undefined;
  /** The calls whose values should always be stored. */
  readonly critical:
    | boolean
    | readonly Arguments[]
    | Given<readonly Arguments[] | Promise<readonly Arguments[]>>
    | undefined;
  /** Bytes up to which a file of a route is stored; `undefined` for no file. */
  readonly maxFileSize: number | undefined;
}

export interface CacheableBatchPlan extends Plan {
  readonly kind: 'cacheable-batch';
  /** Gets one id. */
  readonly key: Given<Key>;
  /** Gets one id. */
  readonly tags: Given<readonly (Tag | string)[]>;
  /** Gets one loaded value. */
  readonly valueTags: Given<readonly (Tag | string)[]> | undefined;
  /** The TTL of one loaded value; gets its id after it. */
  readonly ttlOf: Given<Duration> | undefined;
  readonly when: Given<boolean> | undefined;
  /** By instance; `undefined` if each call runs the method itself. */
  readonly gatherers: WeakMap<object, LoadGatherer<never>> | undefined;
}

export interface WritePlan extends Plan {
  readonly targets: Given<readonly Target[]>;
  /** How many parameters the method declares: `targets` gets the result after them. */
  readonly parameters: number;
}

export interface WriteThroughPlan extends WritePlan {
  readonly kind: 'write-through';
  readonly key: Given<Key>;
  readonly tags: Given<readonly (Tag | string)[]>;
  /** The TTL of the result; gets the parameters after it. */
  readonly ttlOf: Given<Duration> | undefined;
  /** Whether an error proves that nothing was changed. */
  readonly unchangedOn: ((error: unknown) => boolean) | undefined;
}

export interface InvalidatePlan extends WritePlan {
  readonly kind: 'invalidate';
  readonly when: Given<boolean> | undefined;
}

/** The member of an instance with its prototype: a hit reads it faster than it can ask for the prototype. */
export const PROTOTYPE = Symbol.for(`${RELEASE} prototype`);

const NAME = 'larder:name';
const PLANS = 'larder:plans';

/**
 * Names a method in statistics, metrics and warnings, instead of `Class.method`: the name stays when the class or the method
 * is renamed.
 */
export function CacheName(name: string): MethodDecorator {
  return (target, property) => Reflect.defineMetadata(NAME, name, target, property);
}

/** The name of a method. Called at its first call, because decorators may come in any order. */
export function nameOf(target: object, property: string | symbol): string {
  const given: unknown = Reflect.getMetadata(NAME, target, property);
  return typeof given === 'string' ? given : `${target.constructor.name}.${String(property)}`;
}

export function addPlan(target: object, plan: Plan): void {
  Reflect.defineMetadata(PLANS, [...ownPlansOf(target), plan], target);
}

/** The plans of all methods of a class: with inherited ones, or only its own. */
export function plansOf(prototype: object, which: 'all' | 'own' = 'all'): readonly Plan[] {
  const plans: Plan[] = [];
  for (let level: object | null = prototype; level !== null; level = Object.getPrototypeOf(level)) {
    plans.push(...ownPlansOf(level));
    if (which === 'own') break;
  }
  return plans;
}

/** The plans of the methods that one class of the prototype chain declares. */
function ownPlansOf(prototype: object): readonly Plan[] {
  return (Reflect.getOwnMetadata(PLANS, prototype) as readonly Plan[] | undefined) ?? [];
}

export function isCacheable(plan: Plan): plan is CacheablePlan {
  return plan.kind === 'cacheable';
}

/** Whether a plan belongs to the method that the class has, rather than to one that a subclass overrides. */
export function isInPlace(prototype: object, plan: Plan): boolean {
  let level: object | null = prototype;
  while (level !== null && !Object.hasOwn(level, plan.property)) level = Object.getPrototypeOf(level);
  return level !== null && ownPlansOf(level).includes(plan);
}

/** A function that returns the list, whatever it is called with. */
export function always<Item>(list: readonly Item[] | Given<readonly Item[]> | undefined): Given<readonly Item[]> {
  if (typeof list === 'function') return list;
  const items = Object.freeze([...(list ?? [])]);
  return () => items;
}

/**
 * The path of a call, shared by all callers.
 *
 * @throws LarderKeyError naming the method
 */
export function pathOf(key: Key, plan: Plan, instance: unknown): string {
  try {
    return encodePath(key) + classSegmentOf(plan, instance);
  } catch (error) {
    throw naming(plan, error);
  }
}

/**
 * What is stored for a call and shared by all callers, if it can be served right away.
 *
 * @throws LarderKeyError
 */
export function hitOf(engine: Engine, key: Key, plan: CacheablePlan, instance: unknown): Promise<unknown> | undefined {
  const { strong, counters } = engine.policyOf(plan);
  if (strong) return undefined;
  const { finder } = engine;
  const isInherited = prototypeOf(instance) !== plan.target;
  return isInherited ? finder.hit(pathOf(key, plan, instance), counters) : finder.hitKey(key, counters);
}

/** The error of a key names the method. */
export function naming(plan: Plan, error: unknown): unknown {
  return error instanceof LarderKeyError && error.method === undefined ? error.of(plan.name()) : error;
}

/** The suffix of the path for a subclass that inherits the method; empty for the class that declares it. */
export function classSegmentOf(plan: Plan, instance: unknown): string {
  const of = (instance as object).constructor;
  return prototypeOf(instance) === plan.target ? '' : segmentOf('class', of.name);
}

/** The prototype of the class of an instance. */
function prototypeOf(instance: unknown): object {
  return (instance as { [PROTOTYPE]?: object })[PROTOTYPE] ?? Object.getPrototypeOf(instance);
}

/** Whether only an identified caller may get a stored value. */
export function isForCallers({ options: { scope } }: { readonly options: Pick<RouteOptions, 'scope'> }): boolean {
  return scope !== undefined && scope !== 'shared';
}

/** The policy of a call: the options of its method, with the tags of its parameters and of its value. */
export function policyOfCall(
  engine: Engine,
  plan: CacheablePlan | CacheableBatchPlan,
  instance: unknown,
  parameters: readonly never[],
): Policy {
  const { valueTags } = plan;
  const policy = withTtl(engine.policyOf(plan), plan, instance, parameters);
  const tags = tagNames(plan.tags.apply(instance, parameters as never[]));
  if (valueTags === undefined) return { ...policy, tags };
  const ofValue = (value: unknown) => tagNames(valueTags.call(instance, value as never));
  return { ...policy, tags: (value) => (value === null || value === undefined ? tags : [...tags, ...ofValue(value)]) };
}

/** The policy of a call whose TTL depends on the value. */
export function withTtl(
  policy: Policy,
  { ttlOf }: Pick<CacheablePlan, 'ttlOf'>,
  instance: unknown,
  parameters: readonly never[],
): Policy {
  if (ttlOf === undefined) return policy;
  return { ...policy, ttlOf: (value) => ttlOf.call(instance, value as never, ...parameters) };
}

/** The option `ttl` of a decorator, as an option of the cache or as a function of the value. */
export function splitTtl(ttl: Ttl | undefined): {
  readonly ttl?: Duration;
  readonly ttlOf: Given<Duration> | undefined;
} {
  if (typeof ttl === 'function') return { ttlOf: ttl };
  return ttl === undefined ? { ttlOf: undefined } : { ttl, ttlOf: undefined };
}
