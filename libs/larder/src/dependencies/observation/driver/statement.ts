import { type Callback, isSubmittable } from './pg-parts.js';

const NO_VALUES: readonly unknown[] = [];

/** The arguments of `client.query`. */
export type Given = [config: unknown, values?: unknown, callback?: unknown];

interface Config {
  readonly text?: unknown;
  readonly values?: unknown;
  readonly name?: unknown;
  readonly cursor?: { readonly text?: unknown; readonly values?: unknown };
}

/** A copy of the values of a statement: the application may change its arrays after the call. */
export function valuesOf([config, values]: Given): readonly unknown[] {
  if (typeof config === 'string') return copyOf(values);
  const { values: own, cursor } = (config ?? {}) as Config;
  return copyOf(isSubmittable(config) || !Array.isArray(values) ? (own ?? cursor?.values) : values);
}

/** The text of a statement, `undefined` if it repeats a prepared statement by its name, and that name. */
export function namedText(config: unknown): { text: string | undefined; name: string | undefined } {
  if (typeof config === 'string') return { text: config, name: undefined };
  const { text, name, cursor } = (config ?? {}) as Config;
  return { text: textOf(text ?? cursor?.text), name: textOf(name) };
}

/**
 * Puts the values that were observed into the arguments. The client reads values when it sends the statement, which may be after the
 * application has changed its array.
 */
export function putValues(given: Given, observed: readonly unknown[]): void {
  const [config, values] = given;
  if (Array.isArray(values)) given[1] = observed;
  else if (typeof config === 'object' && Array.isArray((config as Config | null)?.values)) {
    given[0] = Object.assign(Object.create(Object.getPrototypeOf(config)), config, { values: observed });
  }
}

export function callbackOf([config, values, callback]: Given): Callback | undefined {
  if (typeof callback === 'function') return callback as Callback;
  if (typeof values === 'function') return values as Callback;
  const own = (config as { callback?: unknown } | undefined)?.callback;
  return typeof own === 'function' ? (own as Callback) : undefined;
}

/** The arguments with another callback. The client writes callbacks into a configuration: it gets a copy of the application's. */
export function withCallback([config, values]: Given, callback: Callback): Given {
  const copy =
    typeof config === 'object' && config !== null
      ? Object.assign(Object.create(Object.getPrototypeOf(config)), config)
      : config;
  return [copy, typeof values === 'function' ? undefined : values, callback];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function copyOf(values: unknown): readonly unknown[] {
  if (!Array.isArray(values)) return NO_VALUES;
  const copy: unknown[] = values.slice();
  for (let at = 0; at < copy.length; at++) if (Array.isArray(copy[at])) copy[at] = copyOf(copy[at]);
  return copy;
}
