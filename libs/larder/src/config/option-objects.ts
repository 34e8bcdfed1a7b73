import type { LarderOptions } from './options.js';

type Check = (value: unknown) => boolean;

const isFunction: Check = (value) => typeof value === 'function';

/** An object that has methods of these names. */
const having =
  (...names: readonly string[]): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

const isObject = having();

/** Options that are given in code only: what each takes. */
const OBJECTS: { readonly [Name in keyof LarderOptions]?: readonly [check: Check, takes: string] } = {
  identify: [isFunction, 'a function'],
  scopes: [isObject, 'an object of functions'],
  onEvent: [isFunction, 'a function'],
  random: [isFunction, 'a function that answers numbers from 0 up to 1'],
  journal: [isFunction, 'a function that makes a journal'],
  clock: [having('now', 'elapsed', 'turn', 'after'), 'a clock, such as FakeClock of nest-larder/testing'],
  tier: [having('getMany', 'setMany'), 'a tier'],
  leases: [having('take'), 'leases'],
  jobFlags: [having('isEnabled'), 'an object with a method isEnabled'],
  changeFeed: [isObject, 'an object with rules'],
  simulations: [(value) => Array.isArray(value) && value.every((name) => typeof name === 'string'), 'a list of names'],
  realtime: [(value) => typeof value === 'boolean' || isObject(value), 'true, false or an object'],
};

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

/** What is wrong with options that are functions or objects, one sentence a problem. */
export function problemsOfObjects(options: LarderOptions): string[] {
  return Object.entries(OBJECTS).flatMap(([name, [check, takes]]) => {
    const value: unknown = options[name as keyof LarderOptions];
    if (value === undefined || check(value)) return [];
    const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : KINDS[typeof value];
    return [`The option ${name} is ${got}; it takes ${takes}`];
  });
}
