import { types } from 'node:util';

/** The built-in errors. The index of each is part of the stored format: never reorder them. */
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

/** Own members of an error that are not enumerable. */
const HIDDEN = ['name', 'message', 'stack', 'cause', 'errors'] as const;

/** The index of the built-in error class of a value, of any realm; -1 for anything else, other error classes included. */
export function errorNumberOf(value: object): number {
  if (!types.isNativeError(value)) return -1;
  const prototype: object = Object.getPrototypeOf(value);
  const made: unknown = prototype.constructor;
  if (typeof made !== 'function' || !Function.prototype.toString.call(made).includes('[native code]')) return -1;
  return ERRORS.findIndex(({ name }) => name === made.name && Object.hasOwn(prototype, 'name'));
}

/** The non-enumerable members of an error. */
export function hiddenOf(error: object): Record<string, unknown> {
  const members = error as Readonly<Record<string, unknown>>;
  const names = HIDDEN.filter(
    (name) => Object.hasOwn(error, name) && !Object.prototype.propertyIsEnumerable.call(error, name),
  );
  return Object.fromEntries(names.map((name) => [name, members[name]]));
}

/** Makes an unfrozen error with these members: of the built-in class `kind` if it is a number, else with that prototype. */
export function makeError(kind: number | object, hidden: object, shown: object): Error {
  const Kind = typeof kind === 'number' ? ERRORS[kind] : Error;
  if (Kind === undefined) throw new RangeError('unknown error class');
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
