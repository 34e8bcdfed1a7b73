import { LarderOptionsError } from '../base/errors.js';
import {
  checkFunctions,
  checkPlacement,
  FUNCTION,
  OPTIONAL_FUNCTION,
  OPTIONAL_LIST_OR_FUNCTION,
} from '../base/placement.js';
import type { Engine } from '../cache/engine.js';
import { type CacheOptions, checkOptions } from '../cache/policy/policy.js';
import { type Load, ReadRequest } from '../cache/state/read-request.js';
import { type Admission, type HandledCall, type Handler, segmentFor } from './handler.js';
import type {
  Condition,
  Critical,
  FittingDecorator,
  KeyFunction,
  Prefetch,
  Tags,
  Ttl,
  ValueTags,
} from './parameter-types.js';
import {
  always,
  type CacheablePlan,
  hitOf,
  isForCallers,
  nameOf,
  naming,
  type Original,
  pathOf,
  policyOfCall,
  splitTtl,
} from './plan.js';
import { noteMiss, pathOfCall, prefetchAfter } from './replay.js';
import { problemsOfRoute, ROUTE_OPTIONS, type RouteOptions, toHttpSettings } from './route-options.js';
import { callForValue, callUncached, handlerOf, weave } from './weave.js';

/** How to cache a method. The functions get the parameters of the method; they may take fewer. */
export interface CacheableOptions<
  KeyOf extends KeyFunction,
  TagsOf extends Tags,
  When extends Condition,
  PrefetchOf extends Prefetch,
  CriticalOf extends Critical,
  ValueTagsOf extends ValueTags = ValueTags,
  TtlOf extends Ttl = Ttl,
> extends Omit<CacheOptions, 'tags' | 'ttl'>,
    Omit<RouteOptions, 'staleWhileRevalidate'> {
  /**
   * How long the value may be served after it was stored: milliseconds above zero, a string such as `'5m'`, or `Infinity`. A
   * function gets the value, then the parameters of the method; if it returns zero or less, the value is not stored. Default: the
   * cache's `defaultTtl`.
   */
  readonly ttl?: TtlOf;
  /** The key of a call. */
  readonly key: KeyOf;
  /** Labels to invalidate the value of a call by. */
  readonly tags?: TagsOf;
  /**
   * Labels that depend on the value, such as those of the rows in a list. Gets the loaded value; not called for `null` and
   * `undefined`. If one of the labels is invalidated during the load, the value is returned but not stored.
   */
  readonly valueTags?: ValueTagsOf;
  /** Whether a call uses the cache; if it returns false, the method runs uncached. */
  readonly when?: When;
  /**
   * Predicts the parameters of the next call, or `undefined`: after each call, the predicted value is loaded in the
   * background unless it is stored. A prefetched call does not prefetch another one.
   */
  readonly prefetch?: PrefetchOf;
  /**
   * The calls whose values should always be stored: a list of the parameters of each, or a function of the instance that
   * returns the list; `true` for the call without parameters. They are warmed at the start and on a schedule, and refreshed
   * first in the background. Only for instances that Nest makes once.
   */
  readonly critical?: CriticalOf;
  /**
   * Which callers share a value. `'shared'`: all callers. `'user'`: each caller has a value of its own, stored under a key
   * with the caller in it; not stored for a caller whom `identify` does not know. Any other name: like `'user'`, by the
   * function of that name in the module's `scopes`. Without `scope`, a handler is cached only for callers without
   * credentials, and only without a guard.
   */
  readonly scope?: RouteOptions['scope'];
  /** How to send the responses of a controller method to GET and HEAD. `false`: as Nest sends them. Default `true`. */
  readonly http?: RouteOptions['http'];
}

/**
 * Serves calls of a method from the cache, and runs the method on a miss, once for concurrent callers. For methods of
 * controllers and providers; runs after guards and pipes. The value is frozen; `undefined` and `null` are not stored; errors
 * reach the callers unchanged and are not stored.
 *
 * @throws LarderOptionsError at decoration, naming each invalid option
 *
 * @example
 * ```ts
 * @Get(':id')
 * @Cacheable({ key: (id: string) => ['tournaments', id], ttl: '10m' })
 * async one(@Param('id') id: string): Promise<Tournament> {
 *   return database.findTournament(id);
 * }
 * ```
 */
export function Cacheable<
  KeyOf extends KeyFunction,
  TagsOf extends Tags = Tags,
  When extends Condition = Condition,
  PrefetchOf extends Prefetch = Prefetch,
  CriticalOf extends Critical = Critical,
  ValueTagsOf extends ValueTags = ValueTags,
  TtlOf extends Ttl = Ttl,
>(
  options: CacheableOptions<KeyOf, TagsOf, When, PrefetchOf, CriticalOf, ValueTagsOf, TtlOf>,
): FittingDecorator<{
  readonly key: KeyOf;
  readonly tags: TagsOf;
  readonly valueTags: ValueTagsOf;
  readonly ttl: TtlOf;
  readonly when: When;
  readonly prefetch: PrefetchOf;
  readonly critical: CriticalOf;
}> {
  return (target, property, descriptor) => {
    checkPlacement('Cacheable', target, property, descriptor);
    const name = () => nameOf(target, property);
    checkFunctions(name(), options, {
      key: FUNCTION,
      tags: OPTIONAL_LIST_OR_FUNCTION,
      valueTags: OPTIONAL_FUNCTION,
      when: OPTIONAL_FUNCTION,
      prefetch: OPTIONAL_FUNCTION,
    });
    const { key, tags, valueTags, when, prefetch, critical, ttl, ...others } = options;
    const { ttlOf, ...duration } = splitTtl(ttl);
    const rest = { ...others, ...duration };
    checkOptions(rest, name(), ROUTE_OPTIONS);
    const problems = problemsOfRoute(rest, name());
    if (problems.length > 0) throw new LarderOptionsError(problems);
    const plan: CacheablePlan = Object.freeze({
      kind: 'cacheable',
      isPlain: !isForCallers({ options: rest }) && when === undefined && prefetch === undefined,
      handled: { anywhere: false },
      name,
      property,
      target,
      options: Object.freeze(rest),
      key,
      tags: always(tags),
      labels: tags,
      valueTags,
      ttlOf,
      when,
      prefetch,
      critical,
      original: descriptor.value as Original,
      maxFileSize: toHttpSettings(rest)?.maxFileSize,
    });
    weave(target, descriptor, plan, execute);
  };
}

function execute(engine: Engine, plan: CacheablePlan, instance: unknown, given: never[]): Promise<unknown> {
  try {
    const handler = handlerOf(instance, plan);
    if (handler !== undefined) return handle(engine, plan, instance, given, handler);
    return plan.isPlain ? answer(engine, plan, instance, given) : answerIf(engine, plan, instance, given);
  } catch (error) {
    return Promise.reject(naming(plan, error));
  }
}

/** Answers a call that may bypass the cache, or prefetch another one. */
function answerIf(engine: Engine, plan: CacheablePlan, instance: unknown, given: never[]): Promise<unknown> {
  // No request, so no user: run uncached.
  const isBypassed = isForCallers(plan) || (plan.when !== undefined && !plan.when.apply(instance, given));
  if (isBypassed) return callUncached(engine, plan, instance, given, given);
  const answered = answer(engine, plan, instance, given);
  if (plan.prefetch !== undefined) prefetchAfter(answered, engine, plan, instance, given);
  return answered;
}

function answer(engine: Engine, plan: CacheablePlan, instance: unknown, given: never[]): Promise<unknown> {
  const key = plan.key.apply(instance, given);
  return hitOf(engine, key, plan, instance) ?? read(engine, plan, pathOf(key, plan, instance), instance, given);
}

/** Answers a call of a method that a transport calls. */
function handle(
  engine: Engine,
  plan: CacheablePlan,
  instance: unknown,
  given: never[],
  handler: Handler,
): Promise<unknown> {
  const answered = handler.answer?.(engine, plan, instance, given);
  if (answered !== undefined) return answered;
  const call = { engine, plan, instance, given, parameters: handler.parametersIn(given) };
  if (plan.when !== undefined && !plan.when.apply(instance, call.parameters)) return pass(call);
  const admission = handler.admit(given);
  if (admission instanceof Promise) return admission.then((admitted) => answerAs(call, admitted));
  return answerAs(call, admission);
}

function answerAs(call: HandledCall<CacheablePlan>, admission: Admission): Promise<unknown> {
  const { engine, plan, instance, parameters } = call;
  if (admission.to === 'none') return pass(call);
  const shared = pathOfCall(plan, instance, parameters);
  if (shared === undefined) return pass(call);
  const path = shared + segmentFor(admission);
  const policy = engine.policyOf(plan);
  const hit = policy.strong ? undefined : engine.finder.hit(path, policy.counters);
  const answer = hit ?? load(call, path, admission);
  if (plan.prefetch !== undefined) prefetchAfter(answer, engine, plan, instance, parameters);
  return answer;
}

function load(call: HandledCall<CacheablePlan>, path: string, admission: Admission): Promise<unknown> {
  const { engine, plan, instance, parameters } = call;
  const policy = policyOfCall(engine, plan, instance, parameters);
  // A background refresh has no caller.
  if (admission.to !== 'caller') noteMiss(engine, plan, path, instance, parameters);
  const read: Load = (context) => callForValue(plan, instance, parameters, call.given, context);
  return engine.reader.read(new ReadRequest(path, read, policy));
}

function pass({ engine, plan, instance, parameters, given }: HandledCall<CacheablePlan>): Promise<unknown> {
  return callUncached(engine, plan, instance, parameters, given);
}

function read(
  engine: Engine,
  plan: CacheablePlan,
  path: string,
  instance: unknown,
  parameters: never[],
): Promise<unknown> {
  const policy = policyOfCall(engine, plan, instance, parameters);
  noteMiss(engine, plan, path, instance, parameters);
  const load: Load = (context) => callForValue(plan, instance, parameters, parameters, context);
  if (engine.context.audit === undefined) return engine.reader.read(new ReadRequest(path, load, policy));
  const pathNow = () => pathOf(plan.key.apply(instance, parameters), plan, instance);
  return engine.reader.read(new ReadRequest(path, load, policy, pathNow));
}
