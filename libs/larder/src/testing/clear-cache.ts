import type { Cache } from '../cache/cache.js';

/**
 * Clears a cache in one step, between tests. Outside tests, {@link Cache.requestClear} and {@link Cache.clear} prevent accidents.
 *
 * @example
 * ```ts
 * import { clearCache } from 'nest-larder/testing';
 *
 * await clearCache(cache);
 * ```
 */
export async function clearCache(cache: Cache): Promise<void> {
  const { token } = await cache.requestClear();
  await cache.clear(token);
}
