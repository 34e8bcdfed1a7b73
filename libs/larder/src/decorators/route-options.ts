import { LarderOptionsError } from '../base/errors.js';
import { type Duration, type Size, toBytes, toMilliseconds } from '../base/units.js';
import type { CacheOptions } from '../cache/policy/policy.js';

/** Which callers share a value: all callers, each user alone, or those with the same result of a function in `scopes`. */
export type Scope = 'shared' | 'user' | (string & {});

/** How to send the responses of a cached controller method. */
export interface HttpOptions {
  /**
   * For how long clients may use a response without asking again, limited to the rest of the value's TTL: 0, a duration, or
   * `Infinity` for the whole rest. Invalidation does not reach clients: a browser shows the old value even after its user's
   * own write. Default: `no-cache`, clients ask each time and mostly get a 304.
   */
  readonly maxAge?: Duration;
  /**
   * Whether shared caches, such as a CDN, may store a response although a guard protects the route: for guards that do not
   * depend on the caller, such as a global throttler. Needs `scope: 'shared'`. Default false: responses behind guards are
   * `private`.
   */
  readonly public?: boolean;
  /**
   * The ETag: `'strong'` or `'weak'` as in RFC 9110, `false` for none. Default: strong if the bytes are sent unchanged, weak
   * where something such as compression may change them.
   */
  readonly etag?: 'strong' | 'weak' | false;
  /**
   * The request headers that the response depends on, besides those that Larder knows: each variant has an entry of its own
   * below the key. A function by the name of a header returns the variant for a value, which is `undefined` if the header is
   * absent; a list of names makes each value a variant. A call without a request is not cached.
   *
   * @example
   * ```ts
   * import type { HttpOptions } from 'nest-larder';
   *
   * const http: HttpOptions = { vary: { 'accept-language': (value = '') => (value.startsWith('de') ? 'de' : 'en') } };
   * ```
   */
  readonly vary?: readonly string[] | Readonly<Record<string, ChooseVariant>>;
  /** Whether a request with `Cache-Control: no-cache` or `no-store` runs the method. Default false: the header is ignored. */
  readonly revalidate?: boolean;
  /** Whether `Cache-Status` contains the key. Default false: keys may contain private data. */
  readonly showKey?: boolean;
  /**
   * Whether a URL that was answered before may be answered before routing. For shared methods without guards, interceptors,
   * `when` and parameters other than `@Query()` and `@Param()`. Default false.
   */
  readonly fastLane?: boolean;
  /**
   * Stores a `StreamableFile` that the method returns, if it has no more bytes than this: a number above zero or a size such as
   * `'1mb'`. The first caller waits until the file is read. Default: files are sent, and not stored.
   */
  readonly maxFileSize?: Size;
}

/** Returns the variant for the value of a request header: one of a few texts of at most 128 characters. */
type ChooseVariant = (value: string | undefined) => string;

/** The options of a decorator about scope and HTTP. */
export interface RouteOptions extends Pick<CacheOptions, 'staleWhileRevalidate'> {
  readonly scope?: Scope;
  readonly http?: boolean | HttpOptions;
}

/** Parsed {@link HttpOptions}. */
export interface HttpSettings extends Omit<HttpOptions, 'maxAge' | 'vary' | 'maxFileSize'> {
  /** Milliseconds; `undefined` if clients must ask each time. */
  readonly maxAge: number | undefined;
  /** Milliseconds. */
  readonly staleWhileRevalidate: number;
  readonly vary: readonly VaryingHeader[];
  /** Bytes; `undefined` if files are not stored. */
  readonly maxFileSize: number | undefined;
}

/** A request header that responses depend on. */
export interface VaryingHeader {
  readonly name: string;
  readonly choose: ChooseVariant | undefined;
}

/** The names of {@link RouteOptions} that are not in `CacheOptions`. */
export const ROUTE_OPTIONS: readonly string[] = ['scope', 'http'];
const KNOWN = ['maxAge', 'public', 'etag', 'vary', 'revalidate', 'showKey', 'fastLane', 'maxFileSize'];
/** The form of a scope's name. */
export const SCOPE_NAME = /^[A-Za-z][\w-]{0,63}$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The settings of a method, or `undefined` if Nest sends its responses. */
export function toHttpSettings({ http = true, staleWhileRevalidate }: RouteOptions): HttpSettings | undefined {
  if (http === false) return undefined;
  const { maxAge, maxFileSize, vary = [], ...rest } = http === true ? {} : http;
  return {
    ...rest,
    vary: toVaryingHeaders(vary),
    maxAge: toAge(maxAge),
    maxFileSize: maxFileSize === undefined ? undefined : toBytes(maxFileSize),
    staleWhileRevalidate: toMilliseconds(staleWhileRevalidate) ?? 0,
  };
}

/** The problems of a method's options, as sentences without a final stop. */
export function problemsOfRoute({ scope, http }: RouteOptions, method: string): string[] {
  const problems = problemsOfScope(scope, method);
  if (http === undefined || typeof http === 'boolean') return problems;
  if (typeof http !== 'object' || http === null) {
    return [...problems, `invalid http of ${method}: got ${show(http)}, expected true, false or options`];
  }
  for (const name of Object.keys(http).filter((name) => !KNOWN.includes(name))) {
    problems.push(`unknown option http.${name} of ${method}; there are ${KNOWN.join(', ')}`);
  }
  const { maxAge, maxFileSize, etag, vary } = http;
  if (maxAge !== undefined && toAge(maxAge) === undefined) {
    problems.push(
      `invalid http.maxAge of ${method}: got ${show(maxAge)}, expected 0, milliseconds or a string such as '5m'`,
    );
  }
  if (maxFileSize !== undefined && toBytes(maxFileSize) === undefined) {
    problems.push(
      `invalid http.maxFileSize of ${method}: got ${show(maxFileSize)}, expected bytes above zero or a size such as '1mb'`,
    );
  }
  if (etag !== undefined && etag !== 'strong' && etag !== 'weak' && etag !== false) {
    problems.push(`invalid http.etag of ${method}: got ${show(etag)}, expected 'strong', 'weak' or false`);
  }
  if (vary !== undefined && !isVary(vary)) {
    problems.push(
      `invalid http.vary of ${method}: got ${show(vary)}, expected names of headers, or functions by names of headers`,
    );
  }
  if (http.public === true && scope !== 'shared') {
    problems.push(`invalid http.public of ${method}: got true without scope: 'shared', expected both or neither`);
  }
  for (const name of ['public', 'revalidate', 'showKey', 'fastLane'] as const) {
    const given: unknown = http[name];
    if (given !== undefined && typeof given !== 'boolean') {
      problems.push(`invalid http.${name} of ${method}: got ${show(given)}, expected true or false`);
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

/** Checks the form of a scope; the start of the application checks that the module has it. */
function problemsOfScope(scope: unknown, method: string): string[] {
  if (scope === undefined || (typeof scope === 'string' && SCOPE_NAME.test(scope))) return [];
  return [
    `invalid scope of ${method}: got ${show(scope)}, expected 'shared', 'user' or the name of one of the module's scopes`,
  ];
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
