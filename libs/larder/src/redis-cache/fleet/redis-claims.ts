import type { Claimed, NoticeClaims } from '../../cache/fleet/notice-claims.js';
import type { Connection } from '../../redis/connection.js';
import { HEAL, Script } from '../../redis/script.js';

/** Milliseconds for which an open notice outlives all nodes: the first node of the next start ends it. */
const NOTICE_LIFE = 86_400_000;

/**
 * Keys: the holds, as `node id` with the time of their end; the texts of open notices by id. Arguments: `node, life (ms)`, then
 * `id, text` of each notice that the node holds.
 */
const EXCHANGE = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'zset')
heal(KEYS[2], 'hash')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = {}
for _, hold in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local node, id = hold:match('^(%S+) (.*)$')
  if node == ARGV[1] then redis.call('ZREM', KEYS[1], hold) elseif id then held[id] = true end
end
local opened = {}
for place = 3, #ARGV, 2 do
  held[ARGV[place]] = true
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1] .. ' ' .. ARGV[place])
  if redis.call('HSETNX', KEYS[2], ARGV[place], ARGV[place + 1]) == 1 then table.insert(opened, ARGV[place]) end
end
local closed = {}
local open = redis.call('HGETALL', KEYS[2])
for place = 1, #open, 2 do
  if not held[open[place]] then
    redis.call('HDEL', KEYS[2], open[place])
    table.insert(closed, open[place + 1])
  end
end
redis.call('PEXPIRE', KEYS[1], ${NOTICE_LIFE})
redis.call('PEXPIRE', KEYS[2], ${NOTICE_LIFE})
return {opened, closed}
`);

/** The claims of a fleet in Redis. */
export class RedisClaims implements NoticeClaims {
  readonly #redis: Connection;
  readonly #keys: readonly string[];

  constructor(redis: Connection, prefix: string) {
    this.#redis = redis;
    // One hash tag: a script of a cluster reads both.
    this.#keys = [`${prefix}:fleet:{notices}:holds`, `${prefix}:fleet:{notices}:open`];
  }

  async exchange(node: string, held: ReadonlyMap<string, string>, life: number): Promise<Claimed> {
    const reply = await EXCHANGE.run(this.#redis, this.#keys, [node, life, ...[...held].flat()]);
    const [opened, closed] = reply as readonly (readonly unknown[])[];
    return { opened: (opened ?? []).map(String), closed: (closed ?? []).map(String) };
  }
}
