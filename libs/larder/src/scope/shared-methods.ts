import type { Type } from '@nestjs/common';
import type { Plan } from '../decorators/plan.js';

/** The decorated methods of instances that last, to find those whose calls would share entries that are not the same. */
export class SharedMethods {
  readonly #classes = new Map<Plan, Type<unknown>[]>();

  add(of: Type<unknown>, plans: readonly Plan[]): void {
    for (const plan of plans) {
      if (plan.kind !== 'invalidate') this.#classes.set(plan, [...(this.#classes.get(plan) ?? []), of]);
    }
  }

  /** What must not start, as sentences. */
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
      `${plan.name()} is cached, and there is more than one instance of ${name}, which would share their values. ` +
      `Provide ${name} in one module and export it, or tell them apart in the key: key: function (this: ${name}, …) { … }.`,
  );
}

function sameNames(plan: Plan, classes: readonly Type<unknown>[]): string[] {
  const inherits = classes.filter((of) => of.prototype !== plan.target).map(({ name }) => name);
  return [...new Set(inherits.filter((name, index) => inherits.indexOf(name) !== index))].map(
    (name) =>
      `${plan.name()} is inherited by two classes with the name ${name || 'of none'}, which would share their values. ` +
      'Give each a name of its own.',
  );
}

/** Whether a key function reads its instance. Its text shows it: only what is no arrow function has a `this` of its own. */
export function keyReadsInstance(plan: Plan): boolean {
  const { key } = plan as Plan & { readonly key?: unknown };
  if (typeof key !== 'function') return false;
  const text = Function.prototype.toString.call(key);
  return !isArrow(text) && /\bthis\b/.test(text);
}

function isArrow(text: string): boolean {
  return /^(\([^)]*\)|[\w$]+)\s*=>/.test(text.trim());
}
