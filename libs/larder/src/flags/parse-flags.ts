import { z } from 'zod';
import { type FlagName, SIMULATIONS_VARIABLE, SWITCH_NAMES, SWITCHES, type SwitchName } from './flag-names.js';
import { Flags } from './flags.js';

type Environment = Readonly<Record<string, string | undefined>>;

const ON_OR_OFF = 'on or off (true or false, yes or no, 1 or 0)';
const SIMULATION_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Reads all flags. A variable that is set to nothing counts as not set.
 *
 * @param simulations those the application has; `undefined` if it did not say, then any may be named
 * @returns the flags, and a problem for every variable that does not hold what it takes
 */
export function parseFlags(
  env: Environment,
  simulations: readonly string[] | undefined,
): { readonly flags: Flags; readonly problems: readonly string[] } {
  const read = schemaOf(env.NODE_ENV === 'production', simulations).safeParse(withoutEmpty(env));
  const problems = (read.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `${name} is '${env[name]}'; it takes ${message}`;
  });
  if (!read.success) return { flags: new Flags(new Map()), problems };
  const { [SIMULATIONS_VARIABLE]: chosen, ...switches } = read.data;
  const enabled = new Map<FlagName, boolean>(SWITCH_NAMES.map((name) => [name, switches[name]]));
  for (const name of simulations ?? chosen) {
    enabled.set(`simulation:${name}`, switches.ENABLE_SIMULATION && (chosen.includes('all') || chosen.includes(name)));
  }
  return { flags: new Flags(enabled), problems: [] };
}

function schemaOf(isProduction: boolean, simulations: readonly string[] | undefined) {
  const switches = SWITCH_NAMES.map((name) => {
    const isOn = SWITCHES[name].isOn === 'everywhere' || !isProduction;
    return [name, z.stringbool({ error: ON_OR_OFF }).default(isOn)] as const;
  });
  const takes = `all, or some of ${simulations?.join(', ') ?? 'the simulations there are'}, with commas between them`;
  const isKnown = (name: string) =>
    name === 'all' || (simulations === undefined ? SIMULATION_NAME.test(name) : simulations.includes(name));
  return z.object({
    ...(Object.fromEntries(switches) as Record<SwitchName, (typeof switches)[number][1]>),
    [SIMULATIONS_VARIABLE]: z
      .string()
      .transform((text) => text.split(',').map((name) => name.trim()))
      .refine((names) => names.every(isKnown), takes)
      .default(['all']),
  });
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
