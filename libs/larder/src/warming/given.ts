import type { Arguments } from '../cache/upkeep/cached-methods.js';

/** The most characters of the JSON of the parameters of a call, and the most values in it. */
export const MAX_GIVEN = 1000;
const MAX_VALUES = 50;

/**
 * The parameters of a call as JSON, if a call with what the JSON says is the same call: `undefined` for dates, instances of classes,
 * and everything else that JSON does not tell. Missing parameters at the end are left out.
 */
export function asJson(given: Arguments): string | undefined {
  let length = given.length;
  while (length > 0 && given[length - 1] === undefined) length--;
  const parameters = given.slice(0, length);
  const budget = { values: MAX_VALUES };
  if (!parameters.every((one) => isJson(one, budget))) return undefined;
  const text = JSON.stringify(parameters);
  return text.length <= MAX_GIVEN ? text : undefined;
}

function isJson(value: unknown, budget: { values: number }): boolean {
  if (--budget.values < 0) return false;
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return value.length <= MAX_GIVEN;
  // JSON has no negative zero.
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, budget));
  if (Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) return false;
  return Object.values(value).every((member) => isJson(member, budget));
}
