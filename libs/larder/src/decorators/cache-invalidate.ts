import { checkFunctions, checkPlacement, LIST_OR_FUNCTION, OPTIONAL_FUNCTION } from '../base/placement.js';
import type { Engine } from '../cache/engine.js';
import type { Condition, FittingDecorator, Targets } from './parameter-types.js';
import { always, type InvalidatePlan, nameOf, type Original } from './plan.js';
import { callOriginal, handlerOf, weave } from './weave.js';
import { declaredParameters, slotsAfterWrite, slotsBeforeWrite } from './write-targets.js';

export interface CacheInvalidateOptions<TargetsOf extends Targets, When extends Condition> {
  /**
   * The keys (each covers the keys below it), tags and patterns that the method changes. A function gets the method's
   * parameters, then its result.
   */
  readonly targets: TargetsOf;
  /** Whether a call changed anything; gets the parameters of the method. */
  readonly when?: When;
}

/**
 * Invalidates targets after a method has succeeded, before its caller gets the result: a read that begins later gets the new
 * state. If the method throws, nothing is invalidated.
 *
 * @example
 * ```ts
 * @Post()
 * @CacheInvalidate({ targets: (notice: NewNotification) => [userKey(notice.userId, 'notifications')] })
 * async send(@Body() notice: NewNotification): Promise<Notification> {
 *   return database.addNotification(notice);
 * }
 * ```
 */
export function CacheInvalidate<TargetsOf extends Targets, When extends Condition = Condition>(
  options: CacheInvalidateOptions<TargetsOf, When>,
): FittingDecorator<{ readonly when: When; readonly targets: TargetsOf }> {
  return (target, property, descriptor) => {
    checkPlacement('CacheInvalidate', target, property, descriptor);
    checkFunctions(nameOf(target, property), options, { targets: LIST_OR_FUNCTION, when: OPTIONAL_FUNCTION });
    const { targets, when } = options;
    const plan: InvalidatePlan = Object.freeze({
      kind: 'invalidate',
      handled: { anywhere: false },
      name: () => nameOf(target, property),
      property,
      target,
      original: descriptor.value as Original,
      options: {},
      targets: always(targets),
      when,
      parameters: declaredParameters(target, property, descriptor),
    });
    weave(target, descriptor, plan, execute);
  };
}

function execute(engine: Engine, plan: InvalidatePlan, instance: unknown, given: never[]): Promise<unknown> {
  const { diagnostics } = engine.context;
  if (diagnostics === undefined) return write(engine, plan, instance, given);
  return diagnostics.attributeAtLeast(plan.name(), () => write(engine, plan, instance, given));
}

async function write(engine: Engine, plan: InvalidatePlan, instance: unknown, given: never[]): Promise<unknown> {
  const parameters = handlerOf(instance, plan)?.parametersIn(given) ?? given;
  const run = () => callOriginal(plan, instance, parameters, given);
  if (plan.when !== undefined && !plan.when.apply(instance, parameters)) return run();
  return engine.writer.around(
    slotsBeforeWrite(engine, plan, instance, parameters),
    run,
    (result) => slotsAfterWrite(engine, plan, instance, parameters, result),
    plan.name(),
  );
}
