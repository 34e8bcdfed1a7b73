import type { Connection } from '../../redis/connection.js';
import { HEAL, Script } from '../../redis/script.js';
import { type Action, type ActionStore, MAX_ACTIONS } from './action-log.js';

/** Milliseconds for which Redis keeps the list after its last action: thirty days. */
const LIFE = 30 * 86_400_000;

/** Keys: the actions by time. Arguments: `time, action`. */
const ADD = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'zset')
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
for _, old in ipairs(redis.call('ZRANGE', KEYS[1], 0, -${MAX_ACTIONS + 1})) do redis.call('ZREM', KEYS[1], old) end
redis.call('PEXPIRE', KEYS[1], ${LIFE})
return 1
`);

/** The last actions of all processes. */
export class RedisActions implements ActionStore {
  readonly #redis: Connection;
  readonly #key: string;

  /** @param prefix of every key */
  constructor(redis: Connection, prefix: string) {
    this.#redis = redis;
    this.#key = `${prefix}:dashboard:actions`;
  }

  async add(action: Action): Promise<void> {
    await ADD.run(this.#redis, [this.#key], [action.at, JSON.stringify(action)]);
  }

  async latest(most: number): Promise<readonly Action[]> {
    const texts = (await this.#redis.call('ZRANGE', this.#key, -most, -1)) as readonly unknown[];
    return texts.map((text) => JSON.parse(String(text)) as Action);
  }
}
