import 'reflect-metadata';
import ms from 'ms';
import { toMilliseconds } from '../base/units.js';
import { tagNames } from '../cache/policy/policy.js';
import type { Scope } from '../decorators/route-options.js';
import type { CachedRoute } from './route/cached-route.js';

const EXTENSION = 'x-larder';
// Where `@ApiExtension()` of @nestjs/swagger notes what it adds to an operation. The package need not be installed.
const EXTENSIONS = 'swagger/apiExtension';

/** What an OpenAPI document says of the caching of an operation, under `x-larder`. */
interface CachedOperation {
  /** Milliseconds; absent for ever. */
  readonly ttl?: number;
  readonly scope: Scope | 'undeclared';
  /** Absent where they depend on the call. */
  readonly tags?: readonly string[];
  /** Whether answers have validators, so that there is a 304. */
  readonly validated: boolean;
  /** Milliseconds for which clients may use an answer without asking again; absent if they have to ask each time. */
  readonly maxAge?: number;
  /** The request headers that choose among variants; absent if there are none. */
  readonly vary?: readonly string[];
  readonly staleWhileRevalidate?: number;
}

interface Response {
  description?: string;
  headers?: Record<string, unknown>;
}

interface Operation {
  description?: string;
  responses?: Record<string, Response>;
  readonly [EXTENSION]?: CachedOperation;
}

/** As far as it is looked at: what `SwaggerModule.createDocument` makes is one. */
interface Document {
  readonly paths: Readonly<Record<string, object>>;
}

/** Notes on a route's handler what its decorator says, where @nestjs/swagger takes it from. */
export function noteForOpenApi({ handler, http, method, scope }: CachedRoute, defaultTtl: number): void {
  const ttl = toMilliseconds(method.options.ttl) ?? defaultTtl;
  const { labels } = method;
  const cached: CachedOperation = {
    ...(ttl !== Number.POSITIVE_INFINITY && { ttl }),
    scope: scope ?? 'undeclared',
    ...(typeof labels !== 'function' && { tags: tagNames(labels ?? []) }),
    validated: http !== undefined,
    ...(http !== undefined && http.maxAge !== undefined && { maxAge: http.maxAge }),
    ...(http !== undefined && http.vary.length > 0 && { vary: http.vary.map(({ name }) => name) }),
    ...(http !== undefined && http.staleWhileRevalidate > 0 && { staleWhileRevalidate: http.staleWhileRevalidate }),
  };
  Reflect.defineMetadata(EXTENSIONS, { ...Reflect.getMetadata(EXTENSIONS, handler), [EXTENSION]: cached }, handler);
}

/**
 * Says in an OpenAPI document how each cached endpoint is cached, as its decorator has it: TTL, whose the result is, labels,
 * the fields of its answers and the 304.
 *
 * @returns the same document
 *
 * @example
 * ```ts
 * SwaggerModule.setup('docs', app, () => describeCaching(SwaggerModule.createDocument(app, config)));
 * ```
 */
export function describeCaching<D extends Document>(document: D): D {
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations) as Operation[]) {
      const cached = operation?.[EXTENSION];
      if (cached !== undefined) describe(operation, cached);
    }
  }
  return document;
}

function describe(operation: Operation, cached: CachedOperation): void {
  operation.description = [operation.description, sentencesOf(cached)].filter(Boolean).join('\n\n');
  if (!cached.validated) return;
  operation.responses ??= {};
  const headers = headersOf(cached);
  const success = operation.responses['200'];
  if (success !== undefined) success.headers = { ...headers, ...success.headers };
  operation.responses['304'] ??= {
    description: 'Not modified: what `If-None-Match` names is still right',
    headers,
  };
}

const WHOSE: Readonly<Record<string, string>> = {
  shared: 'the same for everybody',
  user: 'each user their own',
  undeclared: 'not for callers who say who they are',
};

function sentencesOf({ ttl, scope, tags, staleWhileRevalidate }: CachedOperation): string {
  const stale =
    staleWhileRevalidate === undefined ? '' : `, and ${lasting(staleWhileRevalidate)} more while it is refreshed`;
  const first = `Cached ${ttl === undefined ? 'until it changes' : `for ${lasting(ttl)}`}${stale}, ${WHOSE[scope] ?? `for each ${scope} their own`}.`;
  if (tags === undefined) return `${first} Labels depend on the call.`;
  return tags.length === 0 ? first : `${first} Labels: ${tags.map((name) => `\`${name}\``).join(', ')}.`;
}

function lasting(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return 'any time';
  const rounded = ms(milliseconds, { long: true });
  return toMilliseconds(rounded) === milliseconds ? rounded : `${milliseconds / 1000} seconds`;
}

function headersOf({ scope, maxAge, vary = [] }: CachedOperation): Record<string, unknown> {
  const text = (description: string) => ({ description, schema: { type: 'string' } });
  const number = (description: string) => ({ description, schema: { type: 'integer' } });
  return {
    ETag: text('The validator, for `If-None-Match`'),
    'Cache-Control': text(
      maxAge === undefined
        ? 'The answer is used again only after asking with `If-None-Match`'
        : 'For how long the answer may be used without asking again',
    ),
    'Cache-Status': text('Whether it came from the cache (RFC 9211)'),
    Age: number('Seconds since it was made; absent if that is now'),
    ...(scope !== 'shared' && { Vary: text('What tells users apart') }),
    ...(scope === 'shared' && vary.length > 0 && { Vary: text(`The answer depends on ${vary.join(', ')}`) }),
  };
}
