import type { Type } from '@nestjs/common';
import type { Plan } from '../decorators/plan.js';

/**
 * Finds decorated methods whose instances or classes would share entries by mistake, among instances that Nest makes once.
 */
export class SharedMethods {
  readonly #classes = new Map<Plan, Type<unknown>[]>();

  add(of: Type<unknown>, plans: readonly Plan[]): void {
    for (const plan of plans) {
      if (plan.kind !== 'invalidate') this.#classes.set(plan, [...(this.#classes.get(plan) ?? []), of]);
    }
  }

  /** Problems that must prevent the start, as sentences. */
  problems(): string[] {
    return [...this.#classes].flatMap(([plan, classes]) => [
      ...severalInstances(plan, classes),
      ...sameNames(plan, [...new Set(classes)]),
    ]);
  }
}

function severalInstances(plan: Plan, classes: readonly Type<unknown>[]): string[] {
  const several = [...new Set(classes)].filter((of) => classes.filter((one) => one === of).length > 1);
  if (several.length === 0 || keyReadsInstance(plan)) return [];
  return several.map(
    ({ name }) =>
      `${plan.name()} is cached, but ${name} has several instances, which would share their values. ` +
      `Provide ${name} in one module and export it, or put what differs into the key: key: function (this: ${name}, …) { … }.`,
  );
}

function sameNames(plan: Plan, classes: readonly Type<unknown>[]): string[] {
  const inherits = classes.filter((of) => of.prototype !== plan.target).map(({ name }) => name);
  return [...new Set(inherits.filter((name, index) => inherits.indexOf(name) !== index))].map(
    (name) =>
      `${plan.name()} is inherited by two classes named ${name || '(anonymous)'}, which would share their values. ` +
      'Give each class its own name.',
  );
}

/** Whether a key function reads its instance: its text contains `this`, and it is not an arrow function. */
export function keyReadsInstance(plan: Plan): boolean {
  const { key } = plan as Plan & { readonly key?: unknown };
  if (typeof key !== 'function') return false;
  const text = Function.prototype.toString.call(key);
  return !isArrow(text) && /\bthis\b/.test(text);
}

function isArrow(text: string): boolean {
  return /^(\([^)]*\)|[\w$]+)\s*=>/.test(text.trim());
}
