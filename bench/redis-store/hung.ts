import { connectedCache } from '../measure/connected-cache.js';
import { startRedis } from '../measure/redis.js';

/** Milliseconds: far above what a busy machine takes by itself. */
const TIMEOUT = 500;
const READS = 200;

/** The longest of sequential reads, and their sum, while Redis accepts connections and answers nothing: in call timeouts. */
export async function readsWhileHung(): Promise<{ readonly longest: number; readonly all: number }> {
  const redis = await startRedis();
  const cache = await connectedCache({ redis: redis.url, redisTimeout: TIMEOUT });
  redis.pause();
  const took: number[] = [];
  for (let id = 0; id < READS; id++) {
    const began = performance.now();
    await cache.getOrLoad(['tournaments', String(id)], () => ({ id }), { ttl: '1m' });
    took.push((performance.now() - began) / TIMEOUT);
  }
  redis.resume();
  await cache.close();
  await redis.stop();
  return { longest: Math.max(...took), all: took.reduce((sum, one) => sum + one, 0) };
}
