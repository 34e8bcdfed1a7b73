import type { Type } from '@nestjs/common';
import type { Plan } from '../decorators/plan.js';
import { writtenMethod } from '../decorators/weave.js';
import { keyReadsInstance } from './shared-methods.js';

interface Twin {
  readonly of: Type<unknown>;
  readonly plan: Plan;
}

type KeyFunction = (...parameters: unknown[]) => readonly unknown[];

/** Finds decorated methods of several classes that one function made: the classes would share their entries. */
export class TwinMethods {
  /** By the text of the method and its key. */
  readonly #twins = new Map<string, Twin[]>();

  add(of: Type<unknown>, plans: readonly Plan[]): void {
    for (const plan of plans) {
      if (plan.kind === 'invalidate' || keyReadsInstance(plan)) continue;
      const text = textOf(of, plan);
      const twins = this.#twins.get(text) ?? [];
      if (twins.every((twin) => twin.of !== of)) this.#twins.set(text, [...twins, { of, plan }]);
    }
  }

  /** Problems that must prevent the start, as sentences. */
  problems(): string[] {
    return [...this.#twins.values()].flatMap((twins) => {
      const [first, ...others] = twins as [Twin, ...Twin[]];
      // `SharedMethods` checks classes that inherit one method.
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
    `${plan.name()} is a method of ${count} classes named ${of.name || '(anonymous)'} with the same key, which would share ` +
    'their values. Put what differs between the classes into the key: a parameter of the function that makes them, or a member ' +
    'of the instance with key: function () { … this … }.'
  );
}

/** Keys of the same text may still differ by their closures, such as a parameter of the function that makes the class. */
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

/** Stands for a parameter, whatever a key function reads from it. */
const PROBE: unknown = new Proxy(() => {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => 'probe' : name === 'toJSON' ? undefined : PROBE),
  apply: () => PROBE,
});
