import { SCOPE_NAME } from '../decorators/route-options.js';
import { shown } from '../options/option.js';
import { kindOf } from '../options/values.js';

/** What is wrong with the option `scopes`, one sentence a problem. */
export function problemsOfScopes(given: unknown, place: string): string[] {
  if (typeof given !== 'object' || given === null) {
    return [`${place} is ${kindOf(given)}; it takes an object of functions`];
  }
  return Object.entries(given).flatMap(([name, scope]) => {
    const isName = name !== 'shared' && name !== 'user' && SCOPE_NAME.test(name);
    return [
      ...(isName
        ? []
        : [`scopes.${name} cannot have this name; it takes letters, digits, _ and -, and is not shared or user`]),
      ...(typeof scope === 'function' ? [] : [`scopes.${name} is ${shown(scope)}; it takes a function of the request`]),
    ];
  });
}
