import { type Environment, readOption } from '../options/option.js';
import { FLAGS, type FlagName, SWITCH_NAMES, type SwitchName, simulationFlag } from './flag-options.js';
import { Flags } from './flags.js';

/**
 * Reads all flags. An empty variable counts as not set.
 *
 * @param simulations the application's simulations; `undefined` allows any name
 * @returns the flags, and a problem for every invalid variable, whose flag then has its default
 */
export function parseFlags(
  env: Environment,
  simulations: readonly string[] | undefined,
): { readonly flags: Flags; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const isProduction = env.NODE_ENV === 'production';
  const isOn = (name: SwitchName) => {
    const fallback = FLAGS[name].isOn === 'everywhere' || !isProduction;
    return readOption({ ...FLAGS[name], fallback }, undefined, env, problems, name);
  };
  const enabled = new Map<FlagName, boolean>(SWITCH_NAMES.map((name) => [name, isOn(name)]));
  const chosen = readOption(simulationFlag(simulations), undefined, env, problems, 'simulations');
  const isSimulating = enabled.get('ENABLE_SIMULATION') === true;
  for (const name of simulations ?? chosen) {
    enabled.set(`simulation:${name}`, isSimulating && (chosen.includes('all') || chosen.includes(name)));
  }
  return { flags: new Flags(enabled), problems };
}
