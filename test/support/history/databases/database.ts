import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Item, KEYS, nameOf } from '../keys.js';
import type { Random } from '../random.js';

/** The source of truth: a number per key that only grows. Suffers no faults. */
export interface Database {
  load(names: readonly string[]): Promise<Item[]>;
  increment(key: string): Promise<Item>;
  all(): Promise<Map<string, number>>;
  close(): Promise<void>;
}

/** In a Redis of its own. */
export class RedisDatabase implements Database {
  private readonly redis: Redis;
  private readonly pace: Pace;

  constructor(port: number, random: Random) {
    this.redis = new Redis({ port, host: '127.0.0.1' });
    this.pace = new Pace(random);
  }

  async load(names: readonly string[]): Promise<Item[]> {
    await this.pace.rest();
    const versions = await this.redis.mget([...names]);
    await this.pace.rest();
    return names.map((key, index) => ({ key, version: Number(versions[index] ?? 0) }));
  }

  async increment(key: string): Promise<Item> {
    await this.pace.rest();
    const version = await this.redis.incr(key);
    await this.pace.rest();
    return { key, version };
  }

  async all(): Promise<Map<string, number>> {
    const names = KEYS.map(nameOf);
    const versions = await this.redis.mget(names);
    return new Map(names.map((name, index) => [name, Number(versions[index] ?? 0)]));
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }
}

/** A random delay before and after each access, sometimes long enough for concurrent changes. */
export class Pace {
  constructor(private readonly random: Random) {}

  async rest(): Promise<void> {
    const isSlow = this.random.next() < 0.05;
    await delay(isSlow ? this.random.between(50, LONGEST_REST) : this.random.between(0, 8));
  }
}

const LONGEST_REST = 250;
/** Maximum milliseconds of a load or a write. */
export const LONGEST_QUERY = 2 * LONGEST_REST;
