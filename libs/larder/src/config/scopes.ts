import { SCOPE_NAME } from '../decorators/route-options.js';
import { shown } from '../options/option.js';
import { kindOf } from '../options/values.js';

/** The problems of the option `scopes`, one sentence each. */
export function problemsOfScopes(given: unknown, place: string): string[] {
  if (typeof given !== 'object' || given === null) {
    return [`invalid ${place}: got ${kindOf(given)}, expected an object of functions`];
  }
  return Object.entries(given).flatMap(([name, scope]) => {
    const isName = name !== 'shared' && name !== 'user' && SCOPE_NAME.test(name);
    return [
      ...(isName
        ? []
        : [`invalid name in ${place}: got '${name}', expected letters, digits, _ and -, except shared and user`]),
      ...(typeof scope === 'function'
        ? []
        : [`invalid ${place}.${name}: got ${shown(scope)}, expected a function of the request`]),
    ];
  });
}
