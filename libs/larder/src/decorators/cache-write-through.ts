import type { Engine } from '../cache/engine.js';
import { type CacheOptions, checkOptions, tagNames } from '../cache/policy/policy.js';
import type { FittingDecorator, KeyFunction, Tags, Targets } from './parameter-types.js';
import { always, nameOf, type Original, pathOf, type WriteThroughPlan } from './plan.js';
import { weave } from './weave.js';
import { declaredParameters, slotsAfterWrite } from './write-targets.js';

/** What a writing method replaces. */
export interface CacheWriteThroughOptions<KeyOf extends KeyFunction, TagsOf extends Tags, TargetsOf extends Targets>
  extends Omit<CacheOptions, 'tags'> {
  /** The key under which a read of the same thing is stored. */
  readonly key: KeyOf;
  /** Labels of the stored value: the same as those of the read. */
  readonly tags?: TagsOf;
  /** What else the write changed; a function takes the method's parameters, then its result. */
  readonly targets?: TargetsOf;
}

/**
 * Runs a writing method, invalidates its key and targets, then stores what it returned under the key, so that the next read
 * needs no load. Safe with concurrent writers of one key: if two overlapped, nothing is stored and the next read loads.
 *
 * @throws LarderOptionsError at decoration, naming what an option got and takes
 *
 * @example
 * ```ts
 * @Patch(':id')
 * @CacheWriteThrough({ key: (id: string) => ['tournaments', id], targets: [['tournaments', 'list']] })
 * async update(@Param('id') id: string, @Body() change: TournamentChange): Promise<Tournament> {
 *   return database.updateTournament(id, change);
 * }
 * ```
 */
export function CacheWriteThrough<
  KeyOf extends KeyFunction,
  TagsOf extends Tags = Tags,
  TargetsOf extends Targets = Targets,
>(
  options: CacheWriteThroughOptions<KeyOf, TagsOf, TargetsOf>,
): FittingDecorator<{ readonly key: KeyOf; readonly tags: TagsOf; readonly targets: TargetsOf }> {
  const { key, tags, targets, ...rest } = options;
  return (target, property, descriptor) => {
    const name = () => nameOf(target, property);
    checkOptions(rest, name());
    const plan: WriteThroughPlan = Object.freeze({
      kind: 'write-through',
      name,
      property,
      options: Object.freeze(rest),
      key,
      tags: always(tags),
      targets: always(targets),
      parameters: declaredParameters(target, property, descriptor),
    });
    weave(target, descriptor, plan, execute);
  };
}

async function execute(
  engine: Engine,
  plan: WriteThroughPlan,
  instance: unknown,
  original: Original,
  parameters: never[],
): Promise<unknown> {
  const path = pathOf(engine, plan.key(...parameters), plan);
  const policy = { ...engine.policyOf(plan), tags: tagNames(plan.tags(...parameters)) };
  return engine.writer.through(
    path,
    () => original.apply(instance, parameters),
    (result) => slotsAfterWrite(engine, plan, parameters, result),
    policy,
  );
}
