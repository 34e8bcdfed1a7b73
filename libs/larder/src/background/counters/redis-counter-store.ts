import type { Clock } from '../../base/clock.js';
import type { RedisClient } from '../../redis/redis-client.js';
import type { CounterBatch, CounterStore } from './counter-store.js';
import { IncrementSender } from './increment-sender.js';
import { RedisShard, shardKeys } from './redis-shard.js';

/** Shards of a counter in a cluster; must be equal in all processes. */
const SHARDS = 16;
/** How often a count is asked for, while this process sends increments at the same moment. */
const MAX_ATTEMPTS = 10;
/** How long a requested flush waits for the increments of this process, in milliseconds. */
const FLUSH_TIMEOUT = 5000;

export interface RedisCounterOptions {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly name: string;
  readonly clock: Clock;
  /** Milliseconds that increments may stay in this process. */
  readonly window: number;
  /** How long a batch stays claimed after its process has died, in milliseconds. */
  readonly claimTtl?: number;
  readonly report: (error: unknown) => void;
}

/** Increments in Redis, of all processes; in a cluster in several shards on different servers. */
export class RedisCounterStore implements CounterStore {
  readonly #shards: readonly RedisShard[];
  readonly #senders: readonly IncrementSender[];
  #unsent: ReadonlyMap<string, number> = new Map();

  constructor({ redis, prefix, name, clock, window, claimTtl, report }: RedisCounterOptions) {
    const numbers = Array.from({ length: redis.isCluster ? SHARDS : 1 }, (_, shard) => shard);
    const keys = numbers.map((shard) => shardKeys(prefix, name, shard));
    this.#shards = keys.map((names) => new RedisShard(redis, names, clock, claimTtl));
    this.#senders = keys.map((names) => new IncrementSender({ connection: redis, keys: names, clock, window, report }));
  }

  add(key: string, count: number): Promise<void> {
    return (this.#senders[this.#shardOf(key)] as IncrementSender).add(key, count);
  }

  async pending(key: string): Promise<number> {
    const number = this.#shardOf(key);
    const sender = this.#senders[number] as IncrementSender;
    const shard = this.#shards[number] as RedisShard;
    for (let attempt = 1; ; attempt++) {
      const here = sender.pending(key);
      const { count, received } = await shard.pending(key, sender.name);
      // Redis has more of this process than was known when it was asked: part of `unsent` would count twice.
      if (received > here.number && attempt < MAX_ATTEMPTS) continue;
      return count + here.unsent + (received < here.number ? here.sent : 0);
    }
  }

  async flush(interval: number, write: (batch: CounterBatch) => Promise<void>): Promise<void> {
    if (interval === 0) await Promise.all(this.#senders.map((sender) => sender.settle(FLUSH_TIMEOUT)));
    const outcomes = await Promise.allSettled(this.#shards.map((shard) => shard.flush(interval, write)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async close(timeout: number): Promise<void> {
    const unsent = await Promise.all(this.#senders.map((sender) => sender.close(timeout)));
    this.#unsent = new Map(unsent.flatMap((counts) => [...counts]));
  }

  get waiting(): number {
    return this.#senders.reduce((sum, sender) => sum + sender.waiting, 0);
  }

  left(): ReadonlyMap<string, number> {
    return this.#unsent;
  }

  #shardOf(key: string): number {
    const count = this.#senders.length;
    if (count === 1) return 0;
    let hash = 2_166_136_261;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 16_777_619);
    return (hash >>> 0) % count;
  }
}
