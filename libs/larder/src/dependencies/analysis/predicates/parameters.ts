import type { ValueClass } from '../../catalog/value-class.js';

/** What a parameter is used as: a value of a class, an array of them, or as something else. */
export type ParameterUse = ValueClass | `${ValueClass}[]` | 'other';

/** Where a statement uses its parameters: the server gives a parameter its type at one place, and it has it at all (rule 9). */
export class ParameterUses {
  readonly #uses = new Map<number, ParameterUse[]>();

  note(number: number, use: ParameterUse): void {
    const uses = this.#uses.get(number);
    if (uses === undefined) this.#uses.set(number, [use]);
    else uses.push(use);
  }

  of(number: number): readonly ParameterUse[] {
    return this.#uses.get(number) ?? [];
  }
}
