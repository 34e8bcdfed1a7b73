import { LarderOptionsError } from '../base/errors.js';
import { type Duration, toMilliseconds } from '../base/units.js';
import type { CacheOptions } from '../cache/policy/policy.js';

/** Whose a result is: the same for everybody, the caller's own, or that of what a function of the module's `scopes` names. */
export type Scope = 'shared' | 'user' | (string & {});

/** How the answers of a cached controller method are sent. */
export interface HttpOptions {
  /**
   * For how long clients may use an answer without asking again, at most what is left of its TTL: 0, a duration, or
   * `Infinity` for all that is left. What is invalidated here is not invalidated there, so that a browser shows the old
   * value after its user's own write. Default: `no-cache`, clients ask each time and mostly get a 304.
   */
  readonly maxAge?: Duration;
  /**
   * Whether caches between here and the client may keep an answer for everybody although a guard stands before the route,
   * such as a throttler for all routes, that decides nothing by who asks. Needs `scope: 'shared'`. Default false: answers
   * behind guards are `private`.
   */
  readonly public?: boolean;
  /**
   * The validator: `'strong'` and `'weak'` as RFC 9110 has them, `false` for none. Default: strong if the bytes leave as they
   * were made, weak where something such as a compression may send others.
   */
  readonly etag?: 'strong' | 'weak' | false;
  /**
   * The request headers that the answer depends on, besides those that Larder knows of: each value has an entry of its own
   * below the key. A function by the name of a header answers which variant a value stands for, given `undefined` where the
   * header is absent; a list of names takes values as they are sent. A call that no request makes is not cached.
   *
   * @example
   * ```ts
   * import type { HttpOptions } from 'nest-larder';
   *
   * const http: HttpOptions = { vary: { 'accept-language': (value = '') => (value.startsWith('de') ? 'de' : 'en') } };
   * ```
   */
  readonly vary?: readonly string[] | Readonly<Record<string, ChooseVariant>>;
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

/** Answers which variant the value of a request header stands for: few texts, of at most 128 characters. */
type ChooseVariant = (value: string | undefined) => string;

/** What a decorator says about scope and HTTP. */
export interface RouteOptions extends Pick<CacheOptions, 'staleWhileRevalidate'> {
  readonly scope?: Scope;
  readonly http?: boolean | HttpOptions;
}

/** {@link HttpOptions} made ready for use. */
export interface HttpSettings extends Omit<HttpOptions, 'maxAge' | 'vary'> {
  /** Milliseconds; `undefined` where clients have to ask each time. */
  readonly maxAge: number | undefined;
  /** Milliseconds. */
  readonly staleWhileRevalidate: number;
  readonly vary: readonly VaryingHeader[];
}

/** A request header that answers depend on. */
export interface VaryingHeader {
  readonly name: string;
  readonly choose: ChooseVariant | undefined;
}

/** The names of {@link RouteOptions} that are not options of every cached value. */
export const ROUTE_OPTIONS: readonly string[] = ['scope', 'http'];
const KNOWN = ['maxAge', 'public', 'etag', 'vary', 'revalidate', 'showKey', 'fastLane'];
/** What the name of a scope is made of. */
export const SCOPE_NAME = /^[A-Za-z][\w-]{0,63}$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The settings of a method, or `undefined` if its answers are to be sent as Nest sends them. */
export function toHttpSettings({ http = true, staleWhileRevalidate }: RouteOptions): HttpSettings | undefined {
  if (http === false) return undefined;
  const { maxAge, vary = [], ...rest } = http === true ? {} : http;
  return {
    ...rest,
    vary: toVaryingHeaders(vary),
    maxAge: toAge(maxAge),
    staleWhileRevalidate: toMilliseconds(staleWhileRevalidate) ?? 0,
  };
}

/** What is wrong with the options of a method, as sentences without an end. */
export function problemsOfRoute({ scope, http }: RouteOptions, method: string): string[] {
  const problems = problemsOfScope(scope, method);
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
  if (vary !== undefined && !isVary(vary)) {
    problems.push(
      `http.vary of ${method} is ${show(vary)}; it takes names of headers, or functions by names of headers`,
    );
  }
  if (http.public === true && scope !== 'shared') {
    problems.push(`http.public of ${method} is true without scope: 'shared'; it takes both or none`);
  }
  for (const name of ['public', 'revalidate', 'showKey', 'fastLane'] as const) {
    const given: unknown = http[name];
    if (given !== undefined && typeof given !== 'boolean') {
      problems.push(`http.${name} of ${method} is ${show(given)}; it takes true or false`);
    }
  }
  return problems;
}

function toVaryingHeaders(vary: NonNullable<HttpOptions['vary']>): VaryingHeader[] {
  const given: readonly (readonly [string, ChooseVariant | undefined])[] = isList(vary)
    ? vary.map((name) => [name, undefined])
    : Object.entries(vary);
  return given.map(([name, choose]) => ({ name, choose }));
}

function isVary(vary: unknown): boolean {
  if (Array.isArray(vary)) return vary.every((name) => TOKEN.test(String(name)));
  if (typeof vary !== 'object' || vary === null) return false;
  return Object.entries(vary).every(([name, choose]) => TOKEN.test(name) && typeof choose === 'function');
}

function isList(vary: NonNullable<HttpOptions['vary']>): vary is readonly string[] {
  return Array.isArray(vary);
}

/** Whether a scope may be one; that the module knows it is checked when the application starts. */
function problemsOfScope(scope: unknown, method: string): string[] {
  if (scope === undefined || (typeof scope === 'string' && SCOPE_NAME.test(scope))) return [];
  return [`scope of ${method} is ${show(scope)}; it takes 'shared', 'user' or the name of one of the module's scopes`];
}

/** @throws LarderOptionsError naming the method */
export function checkScope(scope: unknown, method: string): void {
  const problems = problemsOfScope(scope, method);
  if (problems.length > 0) throw new LarderOptionsError(problems);
}

function toAge(maxAge: unknown): number | undefined {
  return maxAge === 0 ? 0 : toMilliseconds(maxAge);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
