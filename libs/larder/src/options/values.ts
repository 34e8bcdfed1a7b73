import { type Duration, type Size, toBytes, toMilliseconds } from '../base/units.js';
import type { Schema } from './option.js';

const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['yes', true],
  ['1', true],
  ['off', false],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/** A boolean, or one of the words for it, in any letter case. */
export const toggle: Schema<boolean> = {
  takes: 'on or off (true or false, yes or no, 1 or 0)',
  documented: '`true` or `false`',
  asText: 'on or off',
  read: toSwitch,
};

/** Milliseconds or a duration above zero; the setting is in milliseconds. */
export function duration(example: Duration): Schema<number, Duration> {
  return { takes: `milliseconds above zero or a duration such as '${example}'`, read: asDuration };
}

/** Milliseconds or a duration between two bounds, inclusive. */
export function durationWithin(least: Duration, most: Duration): Schema<number, Duration> {
  const [from, to] = [toMilliseconds(least), toMilliseconds(most)] as [number, number];
  return {
    takes: `milliseconds or a duration from '${least}' to '${most}'`,
    read: (given) => within(from, to, asDuration(given)),
  };
}

/** A duration between two bounds, inclusive; `Infinity` for off. @param usual the duration that `on` stands for */
export function durationOrOff(least: Duration, most: Duration, usual: Duration): Schema<number, boolean | Duration> {
  const own = durationWithin(least, most);
  return {
    takes: `${own.takes}, or 'off'`,
    documented: `${own.takes}; \`true\` for \`${usual}\` or \`false\`, as a variable \`on\` or \`off\``,
    asText: `a duration from ${least} to ${most}, on (${usual}) or off`,
    read: (given) => {
      const isOn = given === 0 ? false : toSwitch(given);
      if (isOn === undefined) return own.read(given);
      return isOn ? toMilliseconds(usual) : Number.POSITIVE_INFINITY;
    },
  };
}

/** Bytes or a size above zero; the setting is in bytes. */
export function size(example: Size): Schema<number, Size> {
  return { takes: `bytes above zero or a size such as '${example}'`, read: toBytes };
}

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Schema<number> {
  const end = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  return {
    takes: `a whole number from ${least}${end}`,
    read: (given) => whole(within(least, most, asNumber(given))),
  };
}

/** A whole number between two bounds, inclusive; 0 for off. @param usual the number that `on` stands for */
export function integerOrOff(least: number, most: number, usual: number): Schema<number, boolean | number> {
  const own = integer(least, most);
  return {
    takes: `${own.takes}, or 'off'`,
    documented: `${own.takes}; \`true\` for ${usual} or \`false\`, as a variable \`on\` or \`off\``,
    asText: `${own.takes}, on (${usual}) or off`,
    read: (given) => {
      const isOn = given === 0 ? false : toSwitch(given);
      if (isOn === undefined) return own.read(given);
      return isOn ? usual : 0;
    },
  };
}

export const fraction: Schema<number> = {
  takes: 'a fraction from 0 to 1',
  read: (given) => within(0, 1, asNumber(given)),
};

export function powerOfTwo(least: number, most: number): Schema<number> {
  return {
    takes: `a power of two from ${least} to ${most}`,
    read: (given) => {
      const number = within(least, most, asNumber(given));
      return number !== undefined && Number.isInteger(Math.log2(number)) ? number : undefined;
    },
  };
}

export function oneOf<const Word extends string>(...words: readonly Word[]): Schema<Word> {
  return {
    takes: words.map((word) => `'${word}'`).join(' or '),
    read: (given) => words.find((word) => word === given),
  };
}

/** A string that matches `form`. */
export function name(form: RegExp, takes: string): Schema<string> {
  return { takes, read: (given) => (typeof given === 'string' && form.test(given) ? given : undefined) };
}

/** A list; in a variable, commas separate its items. */
export function list(isItem: (item: string) => boolean, takes: string): Schema<readonly string[]> {
  const read = (given: unknown) => {
    const items = typeof given === 'string' ? given.split(',').map((item) => item.trim()) : given;
    return isList(items) && items.every(isItem) ? items : undefined;
  };
  return { takes, read };
}

/** A value that may be secret: problems never show it. */
export function secret<Setting, Given>(
  schema: Schema<Setting, Given>,
  problem: (given: unknown) => string,
): Schema<Setting, Given> {
  return { ...schema, problemsOf: (given, name) => [`invalid ${name} (not shown): ${problem(given)}`] };
}

/** A value that can only be given in code. */
export function inCode<Value>(takes: string, isValue: (given: unknown) => boolean): Schema<Value> {
  return {
    takes,
    read: (given) => (isValue(given) ? (given as Value) : undefined),
    problemsOf: (given, name) => [`invalid ${name}: got ${kindOf(given)}, expected ${takes}`],
  };
}

export const isFunction = (given: unknown): boolean => typeof given === 'function';

/** Whether a value is an object with these methods. */
export function hasMethods(...names: readonly string[]): (given: unknown) => boolean {
  return (given) =>
    typeof given === 'object' &&
    given !== null &&
    names.every((name) => typeof (given as Record<string, unknown>)[name] === 'function');
}

/** The boolean of a switch; `undefined` for any other value. */
export function toSwitch(given: unknown): boolean | undefined {
  if (typeof given === 'boolean') return given;
  return typeof given === 'string' ? SWITCH_WORDS.get(given.toLowerCase()) : undefined;
}

const KINDS = {
  string: 'a text',
  number: 'a number',
  bigint: 'a number',
  boolean: 'a boolean',
  symbol: 'a symbol',
  undefined: 'undefined',
  object: 'an object',
  function: 'a function',
};

/** The kind of a value, for problems that do not show the value. */
export function kindOf(given: unknown): string {
  if (given === null) return 'null';
  return Array.isArray(given) ? 'a list' : KINDS[typeof given];
}

/** A number, or the number in a string such as `LARDER_DEFAULT_TTL=300000`; `undefined` for any other value. */
function asNumber(given: unknown): number | undefined {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}

function asDuration(given: unknown): number | undefined {
  return toMilliseconds(asNumber(given) ?? given);
}

function within(least: number, most: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}

function whole(value: number | undefined): number | undefined {
  return Number.isInteger(value) ? value : undefined;
}

function isList(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((item) => typeof item === 'string');
}
