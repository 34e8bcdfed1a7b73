import 'reflect-metadata';
import ms from 'ms';
import { toMilliseconds } from '../base/units.js';
import { tagNames } from '../cache/policy/policy.js';
import type { Scope } from '../decorators/route-options.js';
import type { CachedRoute } from './route/cached-route.js';

const EXTENSION = 'x-larder';
// The metadata key of `@ApiExtension()` in @nestjs/swagger. The package need not be installed.
const EXTENSIONS = 'swagger/apiExtension';

/** The extension `x-larder` of an operation in an OpenAPI document. */
interface CachedOperation {
  /** Milliseconds; absent if values do not expire. */
  readonly ttl?: number;
  readonly scope: Scope | 'undeclared';
  /** Absent if they depend on the call. */
  readonly tags?: readonly string[];
  /** Whether responses have an ETag, so that there is a 304. */
  readonly validated: boolean;
  /** Milliseconds for which clients may reuse a response without revalidation; absent if they must always revalidate. */
  readonly maxAge?: number;
  /** The request headers that select a variant; absent if there are none. */
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

/** The part that this module reads of a document made by `SwaggerModule.createDocument`. */
interface Document {
  readonly paths: Readonly<Record<string, object>>;
}

/** Adds the extension to a route's handler, as metadata that @nestjs/swagger reads. */
export function noteForOpenApi({ handler, http, method, scope }: CachedRoute, defaultTtl: number): void {
  const ttl = toMilliseconds(method.options.ttl) ?? defaultTtl;
  const { labels } = method;
  const cached: CachedOperation = {
    ...(ttl !== Number.POSITIVE_INFINITY && method.ttlOf === undefined && { ttl }),
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
 * Adds to an OpenAPI document how each cached endpoint is cached: TTL, scope and tags in its description, the cache headers of
 * its responses, and the 304.
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
    description: 'Not modified: the ETag in `If-None-Match` is current',
    headers,
  };
}

const SCOPE_TEXTS: Readonly<Record<string, string>> = {
  shared: 'shared by all callers',
  user: 'per user',
  undeclared: 'only for requests without credentials',
};

function sentencesOf({ ttl, scope, tags, staleWhileRevalidate }: CachedOperation): string {
  const stale =
    staleWhileRevalidate === undefined
      ? ''
      : `, then served stale for up to ${lasting(staleWhileRevalidate)} during a refresh`;
  const first = `Cached ${ttl === undefined ? 'until it changes' : `for ${lasting(ttl)}`}${stale}, ${SCOPE_TEXTS[scope] ?? `per ${scope}`}.`;
  if (tags === undefined) return `${first} Tags depend on the call.`;
  return tags.length === 0 ? first : `${first} Tags: ${tags.map((name) => `\`${name}\``).join(', ')}.`;
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
        ? 'Clients revalidate before each reuse'
        : 'How long clients may reuse the response without revalidation',
    ),
    'Cache-Status': text('Whether the response came from the cache (RFC 9211)'),
    Age: number('Seconds since the value was loaded; absent if it was loaded for this request'),
    ...(scope !== 'shared' && { Vary: text('The headers that identify the caller') }),
    ...(scope === 'shared' && vary.length > 0 && { Vary: text(`The response depends on ${vary.join(', ')}`) }),
  };
}
