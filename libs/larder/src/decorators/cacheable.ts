import { LarderOptionsError } from '../base/errors.js';
import type { Engine } from '../cache/engine.js';
import { type CacheOptions, checkOptions, tagNames } from '../cache/policy/policy.js';
import type { Condition, Critical, FittingDecorator, KeyFunction, Prefetch, Tags } from './parameter-types.js';
import { always, type CacheablePlan, nameOf, type Original } from './plan.js';
import { noteReload, pathOfCall, prefetchAfter } from './replay.js';
import { problemsOfRoute, ROUTE_OPTIONS, type RouteOptions } from './route-options.js';
import { ROUTE_HANDLER, type Woven, weave } from './weave.js';

/** How a method is cached. The functions take the parameters of the method, or the first of them. */
export interface CacheableOptions<
  KeyOf extends KeyFunction,
  TagsOf extends Tags,
  When extends Condition,
  PrefetchOf extends Prefetch,
  CriticalOf extends Critical,
> extends Omit<CacheOptions, 'tags'>,
    Omit<RouteOptions, 'staleWhileRevalidate'> {
  /** The key of a call. */
  readonly key: KeyOf;
  /** Labels to invalidate a call's value by. */
  readonly tags?: TagsOf;
  /** Whether a call uses the cache at all; where it answers false the method just runs. */
  readonly when?: When;
  /**
   * The parameters of the call that is likely to come next, or `undefined`: after each call, that one is prepared in the
   * background unless its value is there. It does not prepare another in turn.
   */
  readonly prefetch?: PrefetchOf;
  /**
   * The calls whose values are to be there always: the parameters of each, or a function that answers these, given the
   * instance; `true` for the call without parameters. They are warmed at the start and on a schedule, and are the first to
   * be refreshed in the background. Only for instances that Nest makes once.
   */
  readonly critical?: CriticalOf;
  /**
   * Whose the result is. `'shared'`: the same for everybody. `'user'`: the caller's own, stored under a key with the caller in
   * it and not at all for a caller whom nobody knows. A controller method that does not say is stored only for requests
   * without credentials on routes without guards.
   */
  readonly scope?: RouteOptions['scope'];
  /** How the answers of a controller method are sent, for GET and HEAD. `false`: as Nest sends them. Default `true`. */
  readonly http?: RouteOptions['http'];
}

/**
 * Answers calls of a method from the cache and runs it for what is not there, once for all who ask at the same time. For
 * methods of controllers and of any provider, after guards and pipes. What it returns is frozen; `undefined` and `null` are
 * not stored; what it throws reaches its callers unchanged and is not stored.
 *
 * @throws LarderOptionsError at decoration, naming what an option got and takes
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
>(
  options: CacheableOptions<KeyOf, TagsOf, When, PrefetchOf, CriticalOf>,
): FittingDecorator<{
  readonly key: KeyOf;
  readonly tags: TagsOf;
  readonly when: When;
  readonly prefetch: PrefetchOf;
  readonly critical: CriticalOf;
}> {
  const { key, tags, when, prefetch, critical, ...rest } = options;
  return (target, property, descriptor) => {
    const name = () => nameOf(target, property);
    checkOptions(rest, name(), ROUTE_OPTIONS);
    const problems = problemsOfRoute(rest, name());
    if (problems.length > 0) throw new LarderOptionsError(problems);
    const plan: CacheablePlan = Object.freeze({
      kind: 'cacheable',
      name,
      property,
      options: Object.freeze(rest),
      key,
      tags: always(tags),
      labels: tags,
      when,
      prefetch,
      critical,
      original: descriptor.value as Original,
    });
    weave(target, descriptor, plan, execute);
  };
}

function execute(
  engine: Engine,
  plan: CacheablePlan,
  instance: unknown,
  original: Original,
  parameters: never[],
): Promise<unknown> {
  try {
    const answered = (instance as Woven)[ROUTE_HANDLER]?.answer(engine, plan, instance, original, parameters);
    if (answered !== undefined) return answered;
    // Nobody asks here of whom anything is known.
    if (plan.options.scope === 'user') return original.apply(instance, parameters);
    if (plan.when !== undefined && !plan.when(...parameters)) return original.apply(instance, parameters);
    const path = pathOfCall(engine, plan, instance, parameters);
    if (path === undefined) return original.apply(instance, parameters);
    const policy = engine.policyOf(plan);
    const hit = policy.strong ? undefined : engine.reader.hit(path, policy.counters);
    const answer = hit ?? read(engine, plan, path, instance, parameters);
    if (plan.prefetch !== undefined) prefetchAfter(answer, engine, plan, instance, parameters);
    return answer;
  } catch (error) {
    return Promise.reject(error);
  }
}

function read(
  engine: Engine,
  plan: CacheablePlan,
  path: string,
  instance: unknown,
  parameters: never[],
): Promise<unknown> {
  const tags = tagNames(plan.tags(...parameters));
  noteReload(engine, plan, path, instance, parameters);
  const load = () => plan.original.apply(instance, parameters);
  return engine.reader.read(path, load, { ...engine.policyOf(plan), tags });
}
