import { setTimeout as delay } from 'node:timers/promises';
import { type Cache, createCache, type LarderOptions } from 'nest-larder';

/**
 * A cache connected to its Redis. Its timeout is long, so that a busy machine causes no timeouts.
 */
export async function connectedCache(options: LarderOptions): Promise<Cache> {
  const cache = await createCache({ redisTimeout: '30s', ...options });
  while (!(await cache.invalidate(['nothing'])).delivered) await delay(20);
  return cache;
}
