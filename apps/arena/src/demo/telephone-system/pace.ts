import { parseArgs } from 'node:util';

/** How many calls the program makes. */
export interface Pace {
  /** Average number of calls per minute; their times are random. */
  readonly perMinute: number;
  /** The number of calls after which the program ends; `Infinity` for no end. */
  readonly count: number;
  /** The id of the user whose team takes the calls; `undefined` for all teams. */
  readonly user: string | undefined;
}

/** The user whom the README signs in. */
const USER = '1';

/** The command line is invalid. */
export class WrongArguments extends Error {}

/** @throws WrongArguments that names the invalid argument */
export function pace(given: readonly string[]): Pace {
  const { 'per-minute': perMinute = '30', count = 'Infinity', user = USER } = optionsIn(given);
  return {
    user: user === 'all' ? undefined : idOfUser(user),
    perMinute: positive('--per-minute', perMinute, 60_000),
    count: positive('--count', count, Number.POSITIVE_INFINITY),
  };
}

function optionsIn(given: readonly string[]) {
  try {
    const options = { 'per-minute': { type: 'string' }, count: { type: 'string' }, user: { type: 'string' } } as const;
    return parseArgs({ args: [...given], options }).values;
  } catch (error) {
    throw new WrongArguments(`${(error as Error).message}\nKnown options: --per-minute 30, --count 100, --user 1.`);
  }
}

function positive(name: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new WrongArguments(
    `Invalid ${name}: got '${text}', expected a number above zero${most < Infinity ? `, up to ${most}` : ''}.`,
  );
}

function idOfUser(text: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw new WrongArguments(`Invalid --user: got '${text}', expected the id of a user, such as 1, or all.`);
}
