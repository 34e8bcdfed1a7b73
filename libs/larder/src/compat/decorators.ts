import { type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { CACHE_KEY_METADATA, CACHE_SCOPE_METADATA, CACHE_TTL_METADATA } from './tokens.js';

/** Makes the key of a call; `undefined` if the call is not cached. */
export type CacheKeyFactory = (context: ExecutionContext) => string | Promise<string | undefined> | undefined;

/** Makes the TTL of a call, in milliseconds; 0 for no expiry. Called on a miss only. */
export type CacheTTLFactory = (context: ExecutionContext) => Promise<number> | number;

/**
 * The key of a handler under {@link CacheInterceptor}, in place of the URL. Callers with credentials still have values of
 * their own.
 *
 * @param key a text, or a function of the call
 *
 * @example
 * ```ts
 * @Get()
 * @CacheKey('tournaments')
 * async all() {
 *   return database.findTournaments(ids);
 * }
 * ```
 */
export function CacheKey(key: string | CacheKeyFactory): CustomDecorator<string> {
  return SetMetadata(CACHE_KEY_METADATA, key);
}

/**
 * The TTL of a handler, or of all handlers of a class, under {@link CacheInterceptor}.
 *
 * @param ttl milliseconds; 0 for no expiry; or a function of the call
 *
 * @example
 * ```ts
 * @Get()
 * @CacheTTL(60_000)
 * async all() {
 *   return database.findTournaments(ids);
 * }
 * ```
 */
export function CacheTTL(ttl: number | CacheTTLFactory): CustomDecorator<string> {
  return SetMetadata(CACHE_TTL_METADATA, ttl);
}

/**
 * Which callers share the responses of a handler, or of all handlers of a class, under {@link CacheInterceptor}. Not in
 * `@nestjs/cache-manager`. Without it, a guarded handler and a caller with credentials get values of their own.
 *
 * @param scope `'shared'`: all callers, guarded or not; `'user'`: each caller, as `identify` names them
 *
 * @example
 * ```ts
 * @Get()
 * @CacheScope('shared')
 * async all() {
 *   return database.findTournaments(ids);
 * }
 * ```
 */
export function CacheScope(scope: 'shared' | 'user'): CustomDecorator<string> {
  return SetMetadata(CACHE_SCOPE_METADATA, scope);
}
