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
import { LoadGatherer } from '../cache/reads/load-gatherer.js';
import type { Key } from '../keys/key.js';
import { type Admission, type HandledCall, segmentFor } from './handler.js';
import type { Condition, FittingBatchDecorator, KeyFunction, Tags, Ttl, ValueTags } from './parameter-types.js';
import {
  always,
  type CacheableBatchPlan,
  classSegmentOf,
  isForCallers,
  nameOf,
  type Original,
  policyOfCall,
  splitTtl,
} from './plan.js';
import { checkScope, type Scope } from './route-options.js';
import { callOriginal, callUncached, handlerOf, weave } from './weave.js';

/** How to cache the values of a batch method, each under its own key. */
export interface CacheableBatchOptions<
  KeyOf extends KeyFunction,
  TagsOf extends Tags,
  When extends Condition,
  ValueTagsOf extends ValueTags = ValueTags,
  TtlOf extends Ttl = Ttl,
> extends Omit<CacheOptions, 'tags' | 'ttl'> {
  /**
   * How long the value may be served after it was stored: milliseconds above zero, a string such as `'5m'`, or `Infinity`. A
   * function gets the value, then its id; if it returns zero or less, the value is not stored. Default: the
   * cache's `defaultTtl`.
   */
  readonly ttl?: TtlOf;
  /** The key of one id. */
  readonly key: KeyOf;
  /** Labels to invalidate values by; a function gets one id. */
  readonly tags?: TagsOf;
  /**
   * Labels that depend on the value, such as those of the rows in a list. Gets one loaded value; not called for `null` and
   * `undefined`. If one of the labels is invalidated during the load, the value is returned but not stored.
   */
  readonly valueTags?: ValueTagsOf;
  /** Whether a call uses the cache; gets all ids. If it returns false, the method runs uncached. */
  readonly when?: When;
  /** The scope of the values, as for `@Cacheable`. */
  readonly scope?: Scope;
  /**
   * Whether the calls of one event-loop turn share one call of the method, with each missing id once: a DataLoader for
   * resolvers that ask for one id each. Calls for one caller alone (`scope: 'user'`) are not joined. Default false.
   */
  readonly gather?: boolean;
}

/**
 * Serves the stored values of a list of ids, and runs the method once for the missing ones, without duplicates and in order.
 * Ids that another batch, or a single read of the same key, is loading are joined. The method must return one value, or
 * `undefined`, per id, in their order; its error reaches all callers of these ids.
 *
 * @throws LarderOptionsError at decoration, naming each invalid option; a call rejects with a LarderBatchError naming the
 *   method if it does not return one value per id
 *
 * @example
 * ```ts
 * @Post('batch')
 * @CacheableBatch({ key: (id: string) => ['tournaments', id], ttl: '10m' })
 * async many(@Body() ids: readonly string[]): Promise<readonly (Tournament | undefined)[]> {
 *   return database.findTournaments(ids);
 * }
 * ```
 */
export function CacheableBatch<
  KeyOf extends KeyFunction,
  TagsOf extends Tags = Tags,
  When extends Condition = Condition,
  ValueTagsOf extends ValueTags = ValueTags,
  TtlOf extends Ttl = Ttl,
>(
  options: CacheableBatchOptions<KeyOf, TagsOf, When, ValueTagsOf, TtlOf>,
): FittingBatchDecorator<{
  readonly key: KeyOf;
  readonly tags: TagsOf;
  readonly valueTags: ValueTagsOf;
  readonly ttl: TtlOf;
  readonly when: When;
}> {
  return (target, property, descriptor) => {
    checkPlacement('CacheableBatch', target, property, descriptor);
    const name = () => nameOf(target, property);
    checkFunctions(name(), options, {
      key: FUNCTION,
      tags: OPTIONAL_LIST_OR_FUNCTION,
      valueTags: OPTIONAL_FUNCTION,
      when: OPTIONAL_FUNCTION,
    });
    const { key, tags, valueTags, when, ttl, gather = false, ...others } = options;
    const { ttlOf, ...duration } = splitTtl(ttl);
    const rest = { ...others, ...duration };
    checkOptions(rest, name(), ['scope', 'gather']);
    checkScope(rest.scope, name());
    if (typeof gather !== 'boolean') {
      throw new LarderOptionsError([`invalid gather of ${name()}: got ${String(gather)}, expected true or false`]);
    }
    if (gather && rest.dependsOn !== undefined) {
      throw new LarderOptionsError([
        `dependsOn and gather of ${name()} are both set; calls that share a load cannot tell whose queries are whose: leave one out`,
      ]);
    }
    const plan: CacheableBatchPlan = Object.freeze({
      kind: 'cacheable-batch',
      handled: { anywhere: false },
      name,
      property,
      target,
      original: descriptor.value as Original,
      options: Object.freeze(rest),
      key,
      tags: always(tags),
      valueTags,
      ttlOf,
      when,
      gatherers: gather ? new WeakMap() : undefined,
    });
    weave(target, descriptor, plan, execute);
  };
}

function execute(engine: Engine, plan: CacheableBatchPlan, instance: unknown, given: never[]): Promise<unknown> {
  const handler = handlerOf(instance, plan);
  const call = { engine, plan, instance, given, parameters: handler?.parametersIn(given) ?? given };
  try {
    const admission = handler?.admit(given);
    if (admission instanceof Promise) return admission.then((admitted) => answerAs(call, admitted));
    return answerAs(call, admission);
  } catch (error) {
    return Promise.reject(error);
  }
}

function answerAs(call: HandledCall<CacheableBatchPlan>, admission: Admission | undefined): Promise<unknown> {
  const { engine, plan, instance, given, parameters } = call;
  const ids: readonly never[] = parameters[0] as never;
  const isRefused = admission === undefined ? isForCallers(plan) : admission.to === 'none';
  const isCached = Array.isArray(ids) && (plan.when === undefined || plan.when.apply(instance, parameters));
  if (!isCached || isRefused) {
    return callUncached(engine, plan, instance, parameters, given, Array.isArray(ids) ? ids.length : 1);
  }
  const idOf = new Map<Key, never>();
  const keys = ids.map((id) => {
    const key: Key = [...plan.key.call(instance, id)];
    idOf.set(key, id);
    return key;
  });
  const run = (wanted: readonly never[]) =>
    callOriginal(plan, instance, [wanted] as never[], given) as Promise<readonly unknown[]>;
  const gatherer = admission?.to === 'caller' ? undefined : gathererOf(plan, instance, run);
  const load = (missing: readonly Key[]) => {
    const wanted = missing.map((key) => idOf.get(key) as never);
    return gatherer === undefined ? run(wanted) : gatherer.load(wanted);
  };
  const policy = engine.policyOf(plan);
  const policyOf = (index: number) => policyOfCall(engine, plan, instance, [ids[index] as never]);
  return engine.batches.getMany(keys, load, policy, policyOf, classSegmentOf(plan, instance) + segmentFor(admission));
}

/** The gatherer of a method of one instance. */
function gathererOf(
  { gatherers, name }: CacheableBatchPlan,
  instance: unknown,
  run: (ids: readonly never[]) => Promise<readonly unknown[]>,
): LoadGatherer<never> | undefined {
  if (gatherers === undefined) return undefined;
  const known = gatherers.get(instance as object) ?? new LoadGatherer<never>(run, name);
  gatherers.set(instance as object, known);
  return known;
}
