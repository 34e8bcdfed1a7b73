import { type Callback, isSubmittable } from './pg-parts.js';

/** The arguments of `client.query`. */
export type Given = [config: unknown, values?: unknown, callback?: unknown];

/** A statement as the application gave it to `client.query`. */
export interface Statement {
  /** `undefined` if it repeats a prepared statement by its name. */
  readonly text: string | undefined;
  readonly values: readonly unknown[];
  readonly name: string | undefined;
}

interface Config {
  readonly text?: unknown;
  readonly values?: unknown;
  readonly name?: unknown;
  readonly cursor?: { readonly text?: unknown; readonly values?: unknown };
}

/** Reads the arguments of `client.query`: a text or a configuration, then values. */
export function statementOf(config: unknown, values: unknown): Statement {
  if (typeof config === 'string') return { text: config, values: copyOf(values), name: undefined };
  const { text, values: own, name, cursor } = (config ?? {}) as Config;
  const given = isSubmittable(config) || !Array.isArray(values) ? (own ?? cursor?.values) : values;
  return { text: textOf(text ?? cursor?.text), values: copyOf(given), name: textOf(name) };
}

/** The text and the name of a statement, for statements outside loads: copies nothing. */
export function namedText(config: unknown): { text: string | undefined; name: string | undefined } {
  if (typeof config === 'string') return { text: config, name: undefined };
  const { text, name, cursor } = (config ?? {}) as Config;
  return { text: textOf(text ?? cursor?.text), name: textOf(name) };
}

/**
 * The arguments with the values that were observed. The client reads values when it sends the statement, which may be after the
 * application has changed its array.
 */
export function withValues<Given extends readonly unknown[]>(given: Given, observed: readonly unknown[]): Given {
  const [config, values, ...rest] = given;
  if (Array.isArray(values)) return [config, observed, ...rest] as unknown as Given;
  if (typeof config !== 'object' || !Array.isArray((config as Config | null)?.values)) return given;
  const copy = Object.assign(Object.create(Object.getPrototypeOf(config)), config, { values: observed });
  return [copy, values, ...rest] as unknown as Given;
}

export function callbackOf([config, values, callback]: Given): Callback | undefined {
  const found = [callback, values, (config as { callback?: unknown } | undefined)?.callback];
  return found.find((value) => typeof value === 'function') as Callback | undefined;
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

/** The application may change its arrays after the call. */
function copyOf(values: unknown): readonly unknown[] {
  return Array.isArray(values) ? values.map((value) => (Array.isArray(value) ? copyOf(value) : value)) : [];
}
