import { RELEASE } from '../base/package/copies.js';

/** The token of the cache that {@link CacheModule} provides. */
export const CACHE_MANAGER = 'CACHE_MANAGER';
/** The metadata key of `@CacheKey`. */
export const CACHE_KEY_METADATA = 'cache_module:cache_key';
/** The metadata key of `@CacheTTL`. */
export const CACHE_TTL_METADATA = 'cache_module:cache_ttl';
/** The metadata key of `@CacheScope`. */
export const CACHE_SCOPE_METADATA = 'larder:compat-scope';
/** The token of the leak guard, which {@link CacheInterceptor} asks. */
export const LEAK_GUARD = Symbol.for(`${RELEASE} compat leak guard`);
