import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CacheStatsAnswer, cacheStats } from '../../apps/arena/src/features/batch/cache-stats.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';

const NOTHING = {
  redis_version: null,
  memory_used_mb: null,
  memory_peak_mb: null,
  connected_clients: null,
  total_keys: null,
  hit_rate: null,
};

const look = async (arena: RunningArena) => (await arena.get<CacheStatsAnswer>('/api/v1/batch/cache-stats')).body;

describe('without Redis', () => {
  it('has no statistics of Redis', async () => {
    const arena = await runArena();
    expect(await look(arena)).toEqual(NOTHING);
    await arena.close();
  }, 60_000);
});

describe('on Redis', () => {
  let arena: RunningArena;
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
    arena = await runArena({ redis: redis.url });
  }, 60_000);
  afterAll(async () => {
    await arena.close();
    await redis.stop();
  });

  it('returns the statistics of Redis', async () => {
    const { total_keys: before } = await look(arena);
    await arena.send('POST', '/api/v1/batch/products', undefined, { product_ids: ['1', '2', '3', '4', '5'] });
    await until(async () => ((await look(arena)).total_keys ?? 0) >= (before ?? 0) + 5);
    const figures = await look(arena);
    expect(cacheStats.strict().parse(figures)).toEqual(figures);
    const version = /redis_version:(\S+)/.exec(String(await redis.command('INFO', 'server')))?.[1];
    expect(figures).toMatchObject({ redis_version: version });
    // Jobs add and remove keys between the two.
    await until(async () => (await look(arena)).total_keys === (await redis.command('DBSIZE')));
    // The version table alone takes two.
    expect(figures.memory_used_mb).toBeGreaterThan(2);
    expect(figures.memory_used_mb).toBeLessThan(200);
    expect(figures.memory_peak_mb).toBeGreaterThanOrEqual(figures.memory_used_mb as number);
    expect(figures.connected_clients).toBeGreaterThanOrEqual(2);
    const percent = async () => {
      const stats = String(await redis.command('INFO', 'stats'));
      const [hits, misses] = ['hits', 'misses'].map((what) =>
        Number(new RegExp(`keyspace_${what}:(\\d+)`).exec(stats)?.[1]),
      );
      return (100 * (hits as number)) / ((hits as number) + (misses as number));
    };
    await until(async () => {
      const before = await percent();
      const { hit_rate } = await look(arena);
      const after = await percent();
      return (
        hit_rate !== null && hit_rate >= Math.min(before, after) - 0.01 && hit_rate <= Math.max(before, after) + 0.01
      );
    });
    expect(Object.keys(figures)).toEqual(Object.keys(NOTHING));
  });

  it('reports that Redis does not answer, without failing the request', async () => {
    redis.pause();
    expect(await look(arena)).toEqual(NOTHING);
    const batch = await arena.send('POST', '/api/v1/batch/users', undefined, { user_ids: ['1', '2'] });
    expect(batch.status).toBe(200);
    redis.resume();
    await until(async () => (await look(arena)).redis_version !== null);
  });
});
