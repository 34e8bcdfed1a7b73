import type { Cache, RedisStats } from 'nest-larder';
import { LarderRedisError } from 'nest-larder';
import { z } from 'zod';

const MEGABYTE = 1024 * 1024;

/** Statistics that Redis reports; null if Redis is unreachable or not configured. */
export const cacheStats = z
  .object({
    redis_version: z.string().nullable().meta({ example: '8.0.2' }),
    memory_used_mb: z.number().nullable(),
    memory_peak_mb: z.number().nullable(),
    connected_clients: z.int().nullable(),
    total_keys: z.int().nullable(),
    hit_rate: z.number().nullable().meta({
      description: 'Hit rate of Redis since it started, in percent: 0 to 100.',
      example: 82.5,
    }),
  })
  .meta({ id: 'CacheStats' });
export type CacheStatsAnswer = z.infer<typeof cacheStats>;

const UNKNOWN = {
  redis_version: null,
  memory_used_mb: null,
  memory_peak_mb: null,
  connected_clients: null,
  total_keys: null,
  hit_rate: null,
};

/** Reads the statistics of Redis. Reports an unreachable Redis in the result instead of throwing. */
export async function askRedis(cache: Cache): Promise<CacheStatsAnswer> {
  try {
    const stats = await cache.redisStats();
    return stats === undefined ? UNKNOWN : toAnswer(stats);
  } catch (error) {
    if (error instanceof LarderRedisError) return UNKNOWN;
    throw error;
  }
}

function toAnswer({ versions, memoryUsed, memoryPeak, clients, keys, hitRate }: RedisStats): CacheStatsAnswer {
  return {
    redis_version: versions.join(', '),
    memory_used_mb: rounded(memoryUsed / MEGABYTE, 2),
    memory_peak_mb: rounded(memoryPeak / MEGABYTE, 2),
    connected_clients: clients,
    total_keys: keys,
    hit_rate: hitRate === null ? null : rounded(100 * hitRate, 2),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
