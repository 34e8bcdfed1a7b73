import type { Type } from '@nestjs/common';
import type { Plan } from '../decorators/plan.js';
import { writtenMethod } from '../decorators/weave.js';
import { keyReadsInstance } from './shared-methods.js';

interface Twin {
  readonly of: Type<unknown>;
  readonly plan: Plan;
}

type KeyFunction = (...parameters: unknown[]) => readonly unknown[];

/** The decorated methods of classes, to find those of classes that one function makes: they would share their entries. */
export class TwinMethods {
  /** By the text of a method and its key. */
  readonly #twins = new Map<string, Twin[]>();

  add(of: Type<unknown>, plans: readonly Plan[]): void {
    for (const plan of plans) {
      if (plan.kind === 'invalidate' || keyReadsInstance(plan)) continue;
      const text = textOf(of, plan);
      const twins = this.#twins.get(text) ?? [];
      if (twins.every((twin) => twin.of !== of)) this.#twins.set(text, [...twins, { of, plan }]);
    }
  }

  /** What must not start, as sentences. */
  problems(): string[] {
    return [...this.#twins.values()].flatMap((twins) => {
      const [first, ...others] = twins as [Twin, ...Twin[]];
      // Classes that inherit one method have a check of their own.
      const same = others.filter(({ plan }) => plan !== first.plan && haveSameKey(plan, first.plan));
      return same.length === 0 ? [] : [problemOf(first, same.length + 1)];
    });
  }
}

function textOf(of: Type<unknown>, plan: Plan): string {
  const { kind, target, property } = plan;
  const texts = [writtenMethod(plan.original), keyOf(plan)].map((one) => Function.prototype.toString.call(one));
  return JSON.stringify([kind, of.name, target.constructor.name, String(property), ...texts]);
}

function problemOf({ of, plan }: Twin, count: number): string {
  return (
    `${plan.name()} is a method of ${count} classes with the name ${of.name || 'of none'} and the same key, which would share ` +
    'their values. Put into the key what tells the classes apart: a parameter of the function that makes them, or a member ' +
    'of the instance with key: function () { … this … }.'
  );
}

/** Keys of one text may still differ by what their functions have around them, such as a parameter of the function that makes the class. */
function haveSameKey(one: Plan, other: Plan): boolean {
  try {
    return probed(one) === probed(other);
  } catch {
    return true;
  }
}

function probed(plan: Plan): string {
  const key = keyOf(plan);
  const segments = key(...Array.from({ length: key.length }, () => PROBE));
  return JSON.stringify(segments, (_, value: unknown) =>
    value === PROBE ? 'probe' : typeof value === 'bigint' ? `${value}n` : value,
  );
}

function keyOf(plan: Plan): KeyFunction {
  return (plan as Plan & { readonly key: KeyFunction }).key;
}

/** Stands for a parameter, whatever a key reads of it. */
const PROBE: unknown = new Proxy(() => {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => 'probe' : name === 'toJSON' ? undefined : PROBE),
  apply: () => PROBE,
});
