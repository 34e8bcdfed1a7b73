import { LarderRedisError } from '../../base/errors.js';
import type { Argument, Connection } from '../connection.js';
import type { Script } from '../script.js';

/**
 * Lua for scripts that read or write batches. `passed(first, length)` returns the batches' keys by id: the caller passes them
 * from `KEYS[first]` on, and their names begin with a prefix of `length` bytes. `missing(batches, keys)` returns the ids of all
 * batches if the caller does not know all of them; the script then returns this reply. It removes ids that are not UUIDs.
 */
export const PASSED = `
local function passed(first, length)
  local keys = {}
  for at = first, #KEYS do keys[string.sub(KEYS[at], length + 1)] = KEYS[at] end
  return keys
end

local function missing(batches, keys)
  local ids, isUnknown = {}, false
  for _, id in ipairs(redis.call('ZRANGE', batches, 0, -1)) do
    if string.find(id, '^[%x-]+$') then
      ids[#ids + 1] = id
      isUnknown = isUnknown or not keys[id]
    else
      redis.call('ZREM', batches, id)
    end
  end
  if isUnknown then return {'batches', ids} end
end
`;

/** Each attempt after the first means that another process has just made a batch. */
const MAX_ATTEMPTS = 100;

/**
 * Passes the keys of all batches to scripts. Scripts never build the name of a key: a server, a proxy or an ACL sees every key
 * that a script uses. If this process does not know all batches, the script returns their ids and runs again.
 */
export class BatchKeys {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #length: number;
  #known: readonly string[] = [];

  /** @param prefix the beginning of every batch's name; the id follows */
  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#length = Buffer.byteLength(prefix);
  }

  keyOf(id: string): string {
    return this.#prefix + id;
  }

  /**
   * Runs the script with `keys` and then the batches' keys, and with the length of the prefix in bytes before `args`.
   *
   * @throws LarderRedisError if new batches were made before each of 100 attempts
   */
  async run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const batches = this.#known.map((id) => this.keyOf(id));
      const reply = await script.run(this.#connection, [...keys, ...batches], [this.#length, ...args]);
      if (!Array.isArray(reply) || String(reply[0]) !== 'batches') return reply;
      this.#known = (reply[1] as unknown[]).map(String);
    }
    throw new LarderRedisError(
      'refused',
      `new batches were made at ${this.#prefix} before each of ${MAX_ATTEMPTS} attempts to use them`,
    );
  }
}
