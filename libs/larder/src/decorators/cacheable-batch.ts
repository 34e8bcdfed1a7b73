import type { Engine } from '../cache/engine.js';
import { type CacheOptions, checkOptions, tagNames } from '../cache/policy/policy.js';
import type { Key } from '../keys/key.js';
import type { Condition, FittingBatchDecorator, KeyFunction, Tags } from './parameter-types.js';
import { always, type CacheableBatchPlan, nameOf, type Original } from './plan.js';
import { weave } from './weave.js';

/** How the values of a batch method are cached, each under a key of its own. */
export interface CacheableBatchOptions<KeyOf extends KeyFunction, TagsOf extends Tags, When extends Condition>
  extends Omit<CacheOptions, 'tags'> {
  /** The key of one id. */
  readonly key: KeyOf;
  /** Labels to invalidate values by; a function takes one id. */
  readonly tags?: TagsOf;
  /** Whether a call uses the cache at all; takes all ids. Where it answers false the method just runs. */
  readonly when?: When;
}

/**
 * Answers what is stored of many ids and runs the method once for the others: with just those that are missing, each of them
 * once, in the order they were asked for. What is being loaded already, by another batch or by a single read of the same
 * key, is waited for. The method answers one value, or `undefined`, for each id, in their order; what it throws reaches
 * everybody who waits for one of its ids.
 *
 * @throws LarderOptionsError at decoration, naming what an option got and takes; a call rejects with a LarderBatchError
 *   naming the method if it does not answer one value per id
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
>(
  options: CacheableBatchOptions<KeyOf, TagsOf, When>,
): FittingBatchDecorator<{ readonly key: KeyOf; readonly tags: TagsOf; readonly when: When }> {
  const { key, tags, when, ...rest } = options;
  return (target, property, descriptor) => {
    const name = () => nameOf(target, property);
    checkOptions(rest, name());
    const plan: CacheableBatchPlan = Object.freeze({
      kind: 'cacheable-batch',
      name,
      property,
      options: Object.freeze(rest),
      key,
      tags: always(tags),
      when,
    });
    weave(target, descriptor, plan, execute);
  };
}

async function execute(
  engine: Engine,
  plan: CacheableBatchPlan,
  instance: unknown,
  original: Original,
  parameters: never[],
): Promise<unknown> {
  const ids: readonly never[] = parameters[0] as never;
  const isCached = Array.isArray(ids) && (plan.when === undefined || plan.when(...parameters));
  if (!isCached) return original.apply(instance, parameters);
  const idOf = new Map<Key, never>();
  const keys = ids.map((id) => {
    const key: Key = [...plan.key(id)];
    idOf.set(key, id);
    return key;
  });
  const load = (missing: readonly Key[]) =>
    original.call(instance, missing.map((key) => idOf.get(key)) as never) as Promise<readonly unknown[]>;
  const policy = engine.policyOf(plan);
  return engine.batches.getMany(keys, load, policy, (index) => ({
    ...policy,
    tags: tagNames(plan.tags(ids[index] as never)),
  }));
}
