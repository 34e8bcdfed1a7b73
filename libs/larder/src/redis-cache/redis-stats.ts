import { LarderRedisError } from '../base/errors.js';
import type { RedisStats, Servers } from '../cache/stats/redis-stats.js';
import type { Connection } from '../redis/connection.js';
import type { RedisClient } from '../redis/redis-client.js';

/** The statistics of one server. */
interface Server {
  /** The fields of `INFO`, by name. */
  readonly info: ReadonlyMap<string, string>;
  readonly keys: number;
}

/** The masters of Redis. */
export class RedisServers implements Servers {
  readonly #redis: RedisClient;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  get circuit(): Servers['circuit'] {
    return this.#redis.circuit;
  }

  async stats(): Promise<RedisStats> {
    const masters = this.#redis.masters();
    if (masters.length === 0) throw new LarderRedisError('unavailable', 'No master of Redis is known');
    const servers = await Promise.all(masters.map(look));
    const sum = (name: string) => servers.reduce((total, { info }) => total + Number(info.get(name) ?? 0), 0);
    const [hits, misses] = [sum('keyspace_hits'), sum('keyspace_misses')];
    return {
      versions: [...new Set(servers.map(({ info }) => info.get('redis_version') ?? 'unknown'))],
      memoryUsed: sum('used_memory'),
      memoryPeak: sum('used_memory_peak'),
      clients: sum('connected_clients'),
      keys: servers.reduce((total, { keys }) => total + keys, 0),
      hitRate: hits + misses === 0 ? null : hits / (hits + misses),
    };
  }
}

async function look(master: Connection): Promise<Server> {
  try {
    const [info, keys] = await Promise.all([
      master.call('INFO', 'server', 'clients', 'memory', 'stats'),
      master.call('DBSIZE'),
    ]);
    return { info: fieldsIn(String(info)), keys: Number(keys) };
  } catch (error) {
    if (error instanceof LarderRedisError) throw error;
    throw new LarderRedisError('refused', `Redis refused its statistics (${error})`, { cause: error });
  }
}

function fieldsIn(info: string): ReadonlyMap<string, string> {
  const lines = info.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}
