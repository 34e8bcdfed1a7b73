import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { CLAIM_TTL, CLAIMS, whileClaimed } from '../../redis/batches/batch-claims.js';
import { BatchKeys, PASSED } from '../../redis/batches/batch-keys.js';
import type { Connection } from '../../redis/connection.js';
import { HEAL, Script } from '../../redis/script.js';
import type { CounterBatch } from './counter-store.js';

/** Fields read in one command. */
const BATCH_SIZE = 1000;

/**
 * `KEYS[1]`: the increments; `KEYS[2]`: the batches; `KEYS[3]`: the number of a sender's last batch; then each batch.
 * `length, key`: the key's unwritten count, and that number.
 */
const PENDING = new Script(`#!lua
${HEAL}
${PASSED}
heal(KEYS[1], 'hash')
heal(KEYS[2], 'zset')
heal(KEYS[3], 'string')
local keys = passed(4, ARGV[1])
local unknown = missing(KEYS[2], keys)
if unknown then return unknown end
local received = tonumber(redis.call('GET', KEYS[3]) or 0) or 0
local sum = tonumber(redis.call('HGET', KEYS[1], ARGV[2]) or 0) or 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  heal(keys[id], 'hash')
  sum = sum + (tonumber(redis.call('HGET', keys[id], ARGV[2]) or 0) or 0)
end
return {sum, received}
`);

/**
 * `KEYS[1]`: the increments; `KEYS[2]`: the batches; `KEYS[3]`: the time of the last batch; `KEYS[4]`: a new batch; then each
 * batch. `length, id of the new batch, interval, milliseconds, ids to skip…`: claims a batch to write, if there is one.
 */
const TAKE = new Script(`#!lua
${CLAIMS}
${HEAL}
${PASSED}
heal(KEYS[1], 'hash')
heal(KEYS[2], 'zset')
heal(KEYS[3], 'string')
local keys = passed(4, ARGV[1])
local unknown = missing(KEYS[2], keys)
if unknown then return unknown end
local excluded = {}
for at = 5, #ARGV do excluded[ARGV[at]] = true end
local id = lapsed(KEYS[2], excluded)
if not id then
  local last = tonumber(redis.call('GET', KEYS[3]) or 0) or 0
  if now >= last and now - last < tonumber(ARGV[3]) then return false end
  if redis.call('EXISTS', KEYS[1]) == 0 then return false end
  id = ARGV[2]
  redis.call('RENAME', KEYS[1], KEYS[4])
  redis.call('SET', KEYS[3], now)
end
heal(keys[id], 'hash')
claim(KEYS[2], id, ARGV[4])
return id
`);

const FORGET = new Script(`#!lua
redis.call('UNLINK', KEYS[2])
redis.call('ZREM', KEYS[1], ARGV[1])
`);

/** `id`: releases a batch for any process. */
const RELEASE = new Script(`#!lua
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('ZADD', KEYS[1], 0, ARGV[1]) end
`);

/** The keys of one shard of a counter; all on one server. */
export interface ShardKeys {
  /** The increments since the last batch. */
  readonly added: string;
  /** The batches, and until when each is claimed. */
  readonly batches: string;
  /** The time of the last batch. */
  readonly last: string;
  /** The prefix of each batch's key. */
  readonly batch: string;
  /** The prefix of the keys with the number of each process's last batch. */
  readonly sender: string;
}

export function shardKeys(prefix: string, name: string, shard: number): ShardKeys {
  const tag = `{${prefix}:counter:${name}:${shard}}`;
  return {
    added: `${tag}:added`,
    batches: `${tag}:batches`,
    last: `${tag}:last`,
    batch: `${tag}:batch:`,
    sender: `${tag}:sender:`,
  };
}

/** Reads and writes the batches of one shard of a counter. */
export class RedisShard {
  readonly #connection: Connection;
  readonly #keys: ShardKeys;
  readonly #batches: BatchKeys;
  readonly #clock: Clock;
  readonly #claimTtl: number;

  /** @param claimTtl how long a batch stays claimed after its process has died, in milliseconds */
  constructor(connection: Connection, keys: ShardKeys, clock: Clock, claimTtl = CLAIM_TTL) {
    this.#connection = connection;
    this.#keys = keys;
    this.#batches = new BatchKeys(connection, keys.batch);
    this.#clock = clock;
    this.#claimTtl = claimTtl;
  }

  /** The count of a key in Redis. @param sender the name of a sender, of whose last batch it has the number too */
  async pending(key: string, sender: string): Promise<{ readonly count: number; readonly received: number }> {
    const { added, batches } = this.#keys;
    const [count, received] = (await this.#batches.run(PENDING, [added, batches, sender], [key])) as unknown[];
    return { count: Number(count), received: Number(received) };
  }

  async flush(interval: number, write: (batch: CounterBatch) => Promise<void>): Promise<void> {
    const failed = new Map<string, unknown>();
    for (;;) {
      const id = await this.#take(interval, [...failed.keys()]);
      if (id === undefined) break;
      try {
        await this.#write(id, write);
      } catch (error) {
        failed.set(id, error);
        await this.#release(id);
      }
    }
    for (const error of failed.values()) throw error;
  }

  async #write(id: string, write: (batch: CounterBatch) => Promise<void>): Promise<void> {
    const { batches } = this.#keys;
    const batch = this.#batches.keyOf(id);
    await whileClaimed(
      { connection: this.#connection, batches, id, clock: this.#clock, claimTtl: this.#claimTtl },
      async () => {
        const counts = await this.#read(batch);
        if (counts.size > 0) await write({ id, counts });
      },
    );
    await FORGET.run(this.#connection, [batches, batch], [id]);
  }

  async #take(interval: number, passedOver: readonly string[]): Promise<string | undefined> {
    const { added, batches, last } = this.#keys;
    const made = randomUUID();
    const keys = [added, batches, last, this.#batches.keyOf(made)];
    const id = await this.#batches.run(TAKE, keys, [made, interval, this.#claimTtl, ...passedOver]);
    return id === null ? undefined : String(id);
  }

  /** If the release fails, the claim expires. */
  async #release(id: string): Promise<void> {
    await RELEASE.run(this.#connection, [this.#keys.batches], [id]).catch(() => {});
  }

  /** In pages: a batch may be larger than a reply that arrives within the timeout. */
  async #read(name: string): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    let cursor = '0';
    do {
      const reply = await this.#connection.call('HSCAN', name, cursor, 'COUNT', BATCH_SIZE);
      const [next, pairs] = reply as readonly [unknown, readonly unknown[]];
      for (let at = 0; at < pairs.length; at += 2) {
        const count = Number(pairs[at + 1]);
        // A counter wrote no other value, and the database could not add one.
        if (Number.isSafeInteger(count)) counts.set(String(pairs[at]), count);
      }
      cursor = String(next);
    } while (cursor !== '0');
    return counts;
  }
}
