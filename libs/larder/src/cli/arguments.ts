import { parseArgs } from 'node:util';
import { LarderOptionsError } from '../base/errors.js';
import { toMilliseconds } from '../base/units.js';
import type { Terminal } from './terminal.js';

/** What each option takes: nothing, a text, or texts because it may be repeated. */
type Kinds = Readonly<Record<string, 'flag' | 'text' | 'texts'>>;

interface ValueOf {
  flag: boolean;
  text: string;
  texts: string[];
}

/** The values of options that were given. */
type Values<Names extends Kinds> = { readonly [Name in keyof Names]?: ValueOf[Names[Name]] };

interface Arguments<Names extends Kinds> {
  readonly values: Values<Names> & { readonly json?: boolean };
  /** The arguments that are not options. */
  readonly others: readonly string[];
}

/**
 * The arguments of a command; `undefined` if its usage was printed instead. Every command takes `--json` and `--help`.
 *
 * @throws LarderOptionsError for an unknown option
 */
export function parseArguments<const Names extends Kinds>(
  argv: readonly string[],
  kinds: Names,
  usage: string,
  terminal: Terminal,
): Arguments<Names> | undefined {
  const { values, positionals } = parse(argv, { ...kinds, json: 'flag' });
  if (!('help' in values)) return { values: values as Arguments<Names>['values'], others: positionals };
  terminal.print(usage);
  return undefined;
}

function parse(argv: readonly string[], kinds: Kinds) {
  const options = Object.entries(kinds).map(([name, kind]) => [
    name,
    kind === 'flag' ? { type: 'boolean' as const } : { type: 'string' as const, multiple: kind === 'texts' },
  ]);
  const help = { type: 'boolean', short: 'h' } as const;
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { ...Object.fromEntries(options), help } });
  } catch (error) {
    throw new LarderOptionsError([(error as Error).message]);
  }
}

/** @throws LarderOptionsError if a command gets more arguments than it takes */
export function demandAtMost(most: number, given: readonly string[]): void {
  if (given.length <= most) return;
  const further = given.slice(most).map((word) => `'${word.slice(0, 100)}'`);
  throw new LarderOptionsError([`Unexpected arguments: ${further.join(', ')}`]);
}

/**
 * A whole number from 1 to `most`.
 *
 * @throws LarderOptionsError for any other text
 */
export function wholeNumber(name: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new LarderOptionsError([`invalid ${name}: got '${text}', expected a whole number from 1 to ${most}`]);
}

/** A day: timers take at most 24 of them. */
const MAX_DURATION = 86_400_000;

/**
 * Milliseconds of a duration up to a day.
 *
 * @throws LarderOptionsError for any other text
 */
export function duration(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const time = toMilliseconds(/^\d+$/.test(text) ? Number(text) : text);
  if (time !== undefined && time >= 1 && time <= MAX_DURATION) return Math.ceil(time);
  throw new LarderOptionsError([
    `invalid ${name}: got '${text}', expected milliseconds or a duration such as 10s, up to 1d`,
  ]);
}
