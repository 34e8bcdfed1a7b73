import { LarderFlagError } from '../base/errors.js';
import { FLAGS, type FlagName, SWITCH_NAMES } from './flag-options.js';

/** A flag as people are told of it. */
export interface FlagState {
  readonly name: FlagName;
  readonly enabled: boolean;
  /** What it switches, as a clause. */
  readonly switches: string;
}

/**
 * What is switched on in this application. Read from the environment once, when the application is built.
 *
 * @example
 * ```ts
 * const mood = flags.isEnabled('simulation:dojo-status') ? 'lively' : 'quiet';
 * ```
 */
export class Flags {
  readonly #states: ReadonlyMap<string, FlagState>;

  /** @param enabled every flag there is, and whether it is on */
  constructor(enabled: ReadonlyMap<FlagName, boolean>) {
    const stateOf = ([name, isOn]: readonly [FlagName, boolean]) =>
      [name, { name, enabled: isOn, switches: meaningOf(name) }] as const;
    this.#states = new Map([...enabled].map(stateOf));
  }

  /** @throws LarderFlagError if there is no such flag */
  isEnabled(name: FlagName): boolean {
    const state = this.#states.get(name);
    if (state === undefined) throw new LarderFlagError(name, [...this.#states.keys()]);
    return state.enabled;
  }

  /** Every flag there is. */
  list(): readonly FlagState[] {
    return [...this.#states.values()];
  }
}

function meaningOf(name: FlagName): string {
  const known = SWITCH_NAMES.find((candidate) => candidate === name);
  return known === undefined ? 'a simulation' : FLAGS[known].switches;
}
