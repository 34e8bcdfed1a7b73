import { type FleetBoard, HISTORY_MINUTES, type MinuteCalls } from '../../cache/fleet/fleet-board.js';
import { type NodeReport, readReport } from '../../cache/fleet/node-report.js';
import type { Connection } from '../../redis/connection.js';
import type { RedisClient } from '../../redis/redis-client.js';
import { HEAL, Script } from '../../redis/script.js';

/** The most nodes that are listed; of more, those that published last. */
const MAX_NODES = 1000;
/** Milliseconds for which a minute is kept: the clocks of the nodes may differ by two minutes. */
const MINUTE_LIFE = (HISTORY_MINUTES + 2) * 60_000;

/** Arguments: `node, life (ms)`. The index lists the nodes by the time at which their reports expire. */
const LIST_NODE = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'zset')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -${MAX_NODES} - 1)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
`);

/** Arguments: `field, count, …`. */
const COUNT = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'hash')
for place = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[place], ARGV[place + 1]) end
redis.call('PEXPIRE', KEYS[1], ${MINUTE_LIFE})
`);

/**
 * The board of a fleet in Redis: a key for each node, one that lists the nodes, and one for each minute of the last hour. No
 * script touches two keys, and no reader scans: it asks for the listed nodes, and for 60 minutes.
 */
export class RedisBoard implements FleetBoard {
  readonly #redis: Connection & Pick<RedisClient, 'callAll'>;
  readonly #prefix: string;

  constructor(redis: Connection & Pick<RedisClient, 'callAll'>, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async publish(report: NodeReport, life: number): Promise<void> {
    const { id } = report.node;
    await this.#redis.call('SET', this.#nodeKey(id), JSON.stringify(report), 'PX', life);
    await LIST_NODE.run(this.#redis, [this.#indexKey], [id, life]);
  }

  async count({ minute, calls }: MinuteCalls): Promise<void> {
    await COUNT.run(this.#redis, [this.#minuteKey(minute)], Object.entries(calls).flat());
  }

  async withdraw(node: string): Promise<void> {
    await this.#redis.callAll([
      ['DEL', this.#nodeKey(node)],
      ['ZREM', this.#indexKey, node],
    ]);
  }

  async reports(): Promise<readonly NodeReport[]> {
    const ids = (await this.#redis.call('ZRANGE', this.#indexKey, 0, MAX_NODES - 1)) as readonly unknown[];
    if (ids.length === 0) return [];
    const texts = await this.#redis.callAll(ids.map((id) => ['GET', this.#nodeKey(String(id))] as const));
    return texts.flatMap((text) => (text === null ? [] : (readReport(String(text)) ?? [])));
  }

  async history(minute: number): Promise<readonly MinuteCalls[]> {
    const minutes = Array.from({ length: HISTORY_MINUTES }, (_, back) => minute - HISTORY_MINUTES + 1 + back);
    const hashes = await this.#redis.callAll(minutes.map((each) => ['HGETALL', this.#minuteKey(each)] as const));
    return hashes.flatMap((hash, place) => {
      const calls = callsIn(hash);
      return calls === undefined ? [] : [{ minute: minutes[place] as number, calls }];
    });
  }

  get #indexKey(): string {
    return `${this.#prefix}:fleet:nodes`;
  }

  #nodeKey(id: string): string {
    return `${this.#prefix}:fleet:node:${id}`;
  }

  #minuteKey(minute: number): string {
    return `${this.#prefix}:fleet:minute:${minute}`;
  }
}

/** The fields of a hash: `[name, value, …]`, or pairs. */
function callsIn(hash: unknown): MinuteCalls['calls'] | undefined {
  const flat = (hash as readonly unknown[]).flat();
  if (flat.length === 0) return undefined;
  const calls: Record<string, number> = {};
  for (let place = 0; place < flat.length; place += 2) calls[String(flat[place])] = Number(flat[place + 1]);
  return calls;
}
