import { type Duration, toMilliseconds } from '../base/units.js';
import type { CacheOptions } from '../cache/policy/policy.js';

/** Whose a result is: the same for everybody, or the caller's own. */
export type Scope = 'shared' | 'user';

/** How the answers of a cached controller method are sent. */
export interface HttpOptions {
  /**
   * Most of what is left of the TTL for which clients may use an answer without asking again: 0 or a duration. What is
   * invalidated here is not invalidated there. Default: all of what is left.
   */
  readonly maxAge?: Duration;
  /**
   * The validator: `'strong'` and `'weak'` as RFC 9110 has them, `false` for none. Default: strong if the bytes leave as they
   * were made, weak where something such as a compression may send others.
   */
  readonly etag?: 'strong' | 'weak' | false;
  /** Names of request headers that the answer depends on, besides those that Larder knows of. */
  readonly vary?: readonly string[];
  /** Whether a request with `Cache-Control: no-cache` or `no-store` makes the method run. Default false: it is not heard. */
  readonly revalidate?: boolean;
  /** Whether `Cache-Status` tells the key. Default false: keys may tell more than a client should know. */
  readonly showKey?: boolean;
  /**
   * Whether an exact URL that was answered before may be answered again before routing. For shared methods without guards,
   * interceptors, `when` and parameters other than `@Query()` and `@Param()`. Default false.
   */
  readonly fastLane?: boolean;
}

/** What a decorator says about scope and HTTP. */
export interface RouteOptions extends Pick<CacheOptions, 'staleWhileRevalidate'> {
  readonly scope?: Scope;
  readonly http?: boolean | HttpOptions;
}

/** {@link HttpOptions} made ready for use. */
export interface HttpSettings extends Omit<HttpOptions, 'maxAge' | 'vary'> {
  /** Milliseconds. */
  readonly maxAge: number;
  /** Milliseconds. */
  readonly staleWhileRevalidate: number;
  readonly vary: readonly string[];
}

const KNOWN = ['maxAge', 'etag', 'vary', 'revalidate', 'showKey', 'fastLane'];
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The settings of a method, or `undefined` if its answers are to be sent as Nest sends them. */
export function toHttpSettings({ http = true, staleWhileRevalidate }: RouteOptions): HttpSettings | undefined {
  if (http === false) return undefined;
  const { maxAge, vary = [], ...rest } = http === true ? {} : http;
  return {
    ...rest,
    vary,
    maxAge: toAge(maxAge) ?? Number.POSITIVE_INFINITY,
    staleWhileRevalidate: toMilliseconds(staleWhileRevalidate) ?? 0,
  };
}

/** What is wrong with the options of a method, as sentences without an end. */
export function problemsOfRoute({ scope, http }: RouteOptions, method: string): string[] {
  const problems: string[] = [];
  if (scope !== undefined && scope !== 'shared' && scope !== 'user') {
    problems.push(`scope of ${method} is ${show(scope)}; it takes 'shared' or 'user'`);
  }
  if (http === undefined || typeof http === 'boolean') return problems;
  if (typeof http !== 'object' || http === null) {
    return [...problems, `http of ${method} is ${show(http)}; it takes true, false or options`];
  }
  for (const name of Object.keys(http).filter((name) => !KNOWN.includes(name))) {
    problems.push(`http.${name} of ${method} is no option; there are ${KNOWN.join(', ')}`);
  }
  const { maxAge, etag, vary } = http;
  if (maxAge !== undefined && toAge(maxAge) === undefined) {
    problems.push(`http.maxAge of ${method} is ${show(maxAge)}; it takes 0, milliseconds or a string such as '5m'`);
  }
  if (etag !== undefined && etag !== 'strong' && etag !== 'weak' && etag !== false) {
    problems.push(`http.etag of ${method} is ${show(etag)}; it takes 'strong', 'weak' or false`);
  }
  if (vary !== undefined && !(Array.isArray(vary) && vary.every((name) => TOKEN.test(String(name))))) {
    problems.push(`http.vary of ${method} is ${show(vary)}; it takes a list of names of headers`);
  }
  for (const name of ['revalidate', 'showKey', 'fastLane'] as const) {
    const given: unknown = http[name];
    if (given !== undefined && typeof given !== 'boolean') {
      problems.push(`http.${name} of ${method} is ${show(given)}; it takes true or false`);
    }
  }
  return problems;
}

function toAge(maxAge: unknown): number | undefined {
  return maxAge === 0 ? 0 : toMilliseconds(maxAge);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
