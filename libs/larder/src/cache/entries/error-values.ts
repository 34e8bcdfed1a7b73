import { types } from 'node:util';

/** The errors of the language; their numbers are written with values, and kept for ever. */
const ERRORS = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
] as const;

/** What an error has without showing it. */
const HIDDEN = ['name', 'message', 'stack', 'cause', 'errors'] as const;

/** Which error of the language a value is, of whatever realm; -1 for everything else, errors of other classes included. */
export function errorNumberOf(value: object): number {
  if (!types.isNativeError(value)) return -1;
  const prototype: object = Object.getPrototypeOf(value);
  const made: unknown = prototype.constructor;
  if (typeof made !== 'function' || !Function.prototype.toString.call(made).includes('[native code]')) return -1;
  return ERRORS.findIndex(({ name }) => name === made.name && Object.hasOwn(prototype, 'name'));
}

/** The members of an error that it does not show. */
export function hiddenOf(error: object): Record<string, unknown> {
  const members = error as Readonly<Record<string, unknown>>;
  const names = HIDDEN.filter(
    (name) => Object.hasOwn(error, name) && !Object.prototype.propertyIsEnumerable.call(error, name),
  );
  return Object.fromEntries(names.map((name) => [name, members[name]]));
}

/** An error with certain members, not frozen; of the language if `kind` is a number, else with that prototype. */
export function makeError(kind: number | object, hidden: object, shown: object): Error {
  const Kind = typeof kind === 'number' ? ERRORS[kind] : Error;
  if (Kind === undefined) throw new RangeError('no such error');
  const error: Error = Kind === AggregateError ? new AggregateError([]) : new (Kind as ErrorConstructor)();
  if (typeof kind === 'object') Object.setPrototypeOf(error, kind);
  for (const name of Object.getOwnPropertyNames(error)) Reflect.deleteProperty(error, name);
  for (const [members, enumerable] of [
    [hidden, false],
    [shown, true],
  ] as const) {
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });
    }
  }
  return error;
}
