import {
  checkFunctions,
  checkPlacement,
  FUNCTION,
  OPTIONAL_FUNCTION,
  OPTIONAL_LIST_OR_FUNCTION,
} from '../base/placement.js';
import type { Engine } from '../cache/engine.js';
import { type CacheOptions, checkOptions } from '../cache/policy/policy.js';
import type { Key } from '../keys/key.js';
import { type Admission, type HandledCall, segmentFor } from './handler.js';
import type { Condition, FittingBatchDecorator, KeyFunction, Tags, ValueTags } from './parameter-types.js';
import {
  always,
  type CacheableBatchPlan,
  classSegmentOf,
  isForCallers,
  nameOf,
  type Original,
  policyOfCall,
} from './plan.js';
import { checkScope, type Scope } from './route-options.js';
import { callOriginal, HANDLERS, type Woven, weave } from './weave.js';

/** How to cache the values of a batch method, each under its own key. */
export interface CacheableBatchOptions<
  KeyOf extends KeyFunction,
  TagsOf extends Tags,
  When extends Condition,
  ValueTagsOf extends ValueTags = ValueTags,
> extends Omit<CacheOptions, 'tags'> {
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
>(
  options: CacheableBatchOptions<KeyOf, TagsOf, When, ValueTagsOf>,
): FittingBatchDecorator<{
  readonly key: KeyOf;
  readonly tags: TagsOf;
  readonly valueTags: ValueTagsOf;
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
    const { key, tags, valueTags, when, ...rest } = options;
    checkOptions(rest, name(), ['scope']);
    checkScope(rest.scope, name());
    const plan: CacheableBatchPlan = Object.freeze({
      kind: 'cacheable-batch',
      name,
      property,
      target,
      original: descriptor.value as Original,
      options: Object.freeze(rest),
      key,
      tags: always(tags),
      valueTags,
      when,
    });
    weave(target, descriptor, plan, execute);
  };
}

function execute(engine: Engine, plan: CacheableBatchPlan, instance: unknown, given: never[]): Promise<unknown> {
  const handler = (instance as Woven)[HANDLERS]?.of(instance as object, plan);
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
  if (!isCached || isRefused) return callOriginal(plan, instance, parameters, given);
  const idOf = new Map<Key, never>();
  const keys = ids.map((id) => {
    const key: Key = [...plan.key.call(instance, id)];
    idOf.set(key, id);
    return key;
  });
  const load = (missing: readonly Key[]) => {
    const wanted = [missing.map((key) => idOf.get(key))] as never[];
    return callOriginal(plan, instance, wanted, given) as Promise<readonly unknown[]>;
  };
  const policy = engine.policyOf(plan);
  const policyOf = (index: number) => policyOfCall(engine, plan, instance, [ids[index] as never]);
  return engine.batches.getMany(keys, load, policy, policyOf, classSegmentOf(plan, instance) + segmentFor(admission));
}
