import { LarderDecoratorError, LarderOptionsError } from './errors.js';

/**
 * Checks that a method decorator is on a method of an instance.
 *
 * @throws LarderDecoratorError if it is not
 */
export function checkPlacement(
  decorator: string,
  target: object,
  property: string | symbol,
  descriptor: unknown,
): void {
  const { value } = (descriptor ?? {}) as { readonly value?: unknown };
  if (typeof value === 'function' && typeof target !== 'function') return;
  const owner = typeof target === 'function' ? target.name : target.constructor.name;
  const what =
    typeof target === 'function' ? 'a static member' : descriptor === undefined ? 'a property' : 'an accessor';
  throw new LarderDecoratorError(
    `Invalid place of @${decorator}: ${owner}.${String(property)} is ${what}, expected a method of an instance. ` +
      'Write it as a method: async name() { … }.',
  );
}
/**
 * Checks that the options of a decorator that must be functions are.
 *
 * @throws LarderOptionsError naming every option that is not
 */
export function checkFunctions(
  method: string,
  options: unknown,
  takes: Readonly<Record<string, readonly string[]>>,
): void {
  const given = (typeof options === 'object' && options !== null ? options : {}) as Record<string, unknown>;
  const problems = Object.entries(takes).flatMap(([name, kinds]) => {
    const value = given[name];
    const kind =
      value === undefined
        ? 'nothing'
        : Array.isArray(value)
          ? 'a list'
          : typeof value === 'object'
            ? 'an object'
            : `a ${typeof value}`;
    if (kinds.includes(kind)) return [];
    return [`invalid ${name} of ${method}: got ${kind}, expected ${kinds.join(' or ')}`];
  });
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

export const FUNCTION = ['a function'];
export const OPTIONAL_FUNCTION = ['a function', 'nothing'];
export const LIST_OR_FUNCTION = ['a list', 'a function'];
export const OPTIONAL_LIST_OR_FUNCTION = ['a list', 'a function', 'nothing'];

/**
 * Handles the rejection of a promise that a function returned where a value is expected at once: an unhandled one would end the
 * process.
 */
export function disarm(result: unknown): void {
  if (result instanceof Promise) result.catch(() => {});
}
