import {
  checkFunctions,
  checkPlacement,
  FUNCTION,
  OPTIONAL_FUNCTION,
  OPTIONAL_LIST_OR_FUNCTION,
} from '../base/placement.js';
import type { Engine } from '../cache/engine.js';
import { type CacheOptions, checkOptions, refuseDependsOn, tagNames } from '../cache/policy/policy.js';
import { type Admission, type HandledCall, segmentFor } from './handler.js';
import type { FittingDecorator, KeyFunction, Tags, Targets, Ttl } from './parameter-types.js';
import {
  always,
  isForCallers,
  nameOf,
  type Original,
  pathOf,
  splitTtl,
  type WriteThroughPlan,
  withTtl,
} from './plan.js';
import { checkScope, type Scope } from './route-options.js';
import { callOriginal, handlerOf, weave } from './weave.js';
import { declaredParameters, slotsAfterWrite } from './write-targets.js';

/** Options of a method that writes a cached value. */
export interface CacheWriteThroughOptions<
  KeyOf extends KeyFunction,
  TagsOf extends Tags,
  TargetsOf extends Targets,
  TtlOf extends Ttl = Ttl,
> extends Omit<CacheOptions, 'tags' | 'ttl' | 'dependsOn'> {
  /**
   * How long the value may be served after it was stored: milliseconds above zero, a string such as `'5m'`, or `Infinity`. A
   * function gets the value, then the parameters of the method; if it returns zero or less, the value is not stored. Default: the
   * cache's `defaultTtl`.
   */
  readonly ttl?: TtlOf;
  /** The key of the method that reads the value. */
  readonly key: KeyOf;
  /** Labels of the stored value: the same as those of the read. */
  readonly tags?: TagsOf;
  /** Everything else that the write changed; a function gets the method's parameters, then its result. */
  readonly targets?: TargetsOf;
  /** The scope of the read. */
  readonly scope?: Scope;
  /**
   * Whether an error of the method proves that it changed nothing, such as a rejection before it wrote: then nothing is
   * invalidated. Default: never, because a write that failed may have been committed.
   */
  readonly unchangedOn?: (error: unknown) => boolean;
}

/**
 * Runs a writing method, invalidates its key and targets, then stores the result under the key, so that the next read needs
 * no load. Safe with concurrent writers of one key: if two overlap, nothing is stored and the next read loads.
 *
 * @throws LarderOptionsError at decoration, naming each invalid option
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
  TtlOf extends Ttl = Ttl,
>(
  options: CacheWriteThroughOptions<KeyOf, TagsOf, TargetsOf, TtlOf>,
): FittingDecorator<{ readonly key: KeyOf; readonly tags: TagsOf; readonly targets: TargetsOf; readonly ttl: TtlOf }> {
  return (target, property, descriptor) => {
    checkPlacement('CacheWriteThrough', target, property, descriptor);
    const name = () => nameOf(target, property);
    checkFunctions(name(), options, {
      key: FUNCTION,
      tags: OPTIONAL_LIST_OR_FUNCTION,
      targets: OPTIONAL_LIST_OR_FUNCTION,
      unchangedOn: OPTIONAL_FUNCTION,
    });
    const { key, tags, targets, unchangedOn, ttl, ...others } = options;
    const { ttlOf, ...duration } = splitTtl(ttl);
    const rest = { ...others, ...duration };
    checkOptions(rest, name(), ['scope']);
    refuseDependsOn(rest, name());
    checkScope(rest.scope, name());
    const plan: WriteThroughPlan = Object.freeze({
      kind: 'write-through',
      handled: { anywhere: false },
      name,
      property,
      target,
      original: descriptor.value as Original,
      options: Object.freeze(rest),
      key,
      tags: always(tags),
      ttlOf,
      targets: always(targets),
      parameters: declaredParameters(target, property, descriptor),
      unchangedOn,
    });
    weave(target, descriptor, plan, execute);
  };
}

function execute(engine: Engine, plan: WriteThroughPlan, instance: unknown, given: never[]): Promise<unknown> {
  const { diagnostics } = engine.context;
  if (diagnostics === undefined) return write(engine, plan, instance, given);
  return diagnostics.attributeAtLeast(plan.name(), () => write(engine, plan, instance, given));
}

function write(engine: Engine, plan: WriteThroughPlan, instance: unknown, given: never[]): Promise<unknown> {
  const handler = handlerOf(instance, plan);
  const call = { engine, plan, instance, given, parameters: handler?.parametersIn(given) ?? given };
  try {
    const admission = handler?.admit(given);
    if (admission instanceof Promise) return admission.then((admitted) => writeAs(call, admitted));
    return writeAs(call, admission);
  } catch (error) {
    return Promise.reject(error);
  }
}

function writeAs(call: HandledCall<WriteThroughPlan>, admission: Admission | undefined): Promise<unknown> {
  const { engine, plan, instance, given, parameters } = call;
  const shared = pathOf(plan.key.apply(instance, parameters), plan, instance);
  const policy = {
    ...withTtl(engine.policyOf(plan), plan, instance, parameters),
    tags: tagNames(plan.tags.apply(instance, parameters)),
  };
  const isRefused = admission === undefined ? isForCallers(plan) : admission.to === 'none';
  return engine.writer.through(
    shared + segmentFor(admission),
    () => callOriginal(plan, instance, parameters, given),
    (result) => slotsAfterWrite(engine, plan, instance, parameters, result),
    // For an unknown caller nothing is stored, and the key is invalidated for all callers.
    isRefused ? { ...policy, inMemory: false, isShared: false } : policy,
    plan.unchangedOn,
    plan.name(),
  );
}
