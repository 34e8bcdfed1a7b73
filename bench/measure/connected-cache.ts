import { setTimeout as delay } from 'node:timers/promises';
import { type Cache, createCache, type LarderOptions } from 'nest-larder';

/**
 * A cache that has reached its Redis, however busy the machine is. A call may take so long that none is given up because
 * something else had the processor.
 */
export async function connectedCache(options: LarderOptions): Promise<Cache> {
  const cache = await createCache({ redisTimeout: '30s', ...options });
  while (!(await cache.invalidate(['nothing'])).delivered) await delay(20);
  return cache;
}
