import { LarderFlagError } from '../base/errors.js';
import { FLAGS, type FlagName, SWITCH_NAMES } from './flag-options.js';

/** A flag and its state, for display. */
export interface FlagState {
  readonly name: FlagName;
  readonly enabled: boolean;
  /** What it switches, as a clause. */
  readonly switches: string;
}

/**
 * The flags of this application, read from the environment once, at the start.
 *
 * @example
 * ```ts
 * const mood = flags.isEnabled('simulation:dojo-status') ? 'lively' : 'quiet';
 * ```
 */
export class Flags {
  readonly #states: ReadonlyMap<string, FlagState>;

  /** @param enabled whether each flag is on */
  constructor(enabled: ReadonlyMap<FlagName, boolean>) {
    const stateOf = ([name, isOn]: readonly [FlagName, boolean]) =>
      [name, { name, enabled: isOn, switches: meaningOf(name) }] as const;
    this.#states = new Map([...enabled].map(stateOf));
  }

  /** @throws LarderFlagError if the flag does not exist */
  isEnabled(name: FlagName): boolean {
    const state = this.#states.get(name);
    if (state === undefined) throw new LarderFlagError(name, [...this.#states.keys()]);
    return state.enabled;
  }

  /** All flags. */
  list(): readonly FlagState[] {
    return [...this.#states.values()];
  }
}

function meaningOf(name: FlagName): string {
  const known = SWITCH_NAMES.find((candidate) => candidate === name);
  return known === undefined ? 'a simulation' : FLAGS[known].switches;
}
