import { SCOPE_NAME } from '../decorators/route-options.js';
import { shown } from '../options/option.js';
import { kindOf } from '../options/values.js';

/** The problems of the option `scopes`, one sentence each. */
export function problemsOfScopes(given: unknown, place: string): string[] {
  if (typeof given !== 'object' || given === null) {
    return [`${place} is ${kindOf(given)}; it takes an object of functions`];
  }
  return Object.entries(given).flatMap(([name, scope]) => {
    const isName = name !== 'shared' && name !== 'user' && SCOPE_NAME.test(name);
    return [
      ...(isName
        ? []
        : [`scopes.${name} has an invalid name; it takes letters, digits, _ and -, except shared and user`]),
      ...(typeof scope === 'function' ? [] : [`scopes.${name} is ${shown(scope)}; it takes a function of the request`]),
    ];
  });
}
