import type { Connection } from '../../../redis/connection.js';
import { Script } from '../../../redis/script.js';

/** Arguments: `retention (ms), name and schedule…`. Declares them; returns the newest schedule of each declared name. */
const DECLARE = new Script(`#!lua
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
for at = 2, #ARGV do
  local known = redis.call('HGET', KEYS[1], ARGV[at])
  local first = known and string.match(known, '^(%d+) ') or string.format('%d', now)
  redis.call('HSET', KEYS[1], ARGV[at], first .. ' ' .. string.format('%d', now))
end
local newest = {}
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  local name = string.match(all[at], '^(.-)\\n')
  local first, last = string.match(all[at + 1], '^(%d+) (%d+)$')
  if not name or not last or now - tonumber(last) > tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], all[at])
  else
    local other = newest[name]
    first = tonumber(first)
    if not other or first > other[1] or (first == other[1] and all[at] > other[2]) then newest[name] = {first, all[at]} end
  end
end
local living = {}
for _, one in pairs(newest) do living[#living + 1] = one[2] end
return living
`);

export interface DeclaredSchedule {
  readonly name: string;
  readonly schedule: string;
}

/**
 * The jobs of all processes of a fleet. Each process declares its own repeatedly: a schedule that is no longer declared is left
 * over, and of two schedules of one job the one that was declared first later wins (the newer deployment).
 */
export class ScheduleRegistry {
  readonly #connection: Connection;
  readonly #key: string;
  readonly #retention: number;

  /** @param retention how long a schedule stays after its last declaration, in milliseconds */
  constructor(connection: Connection, prefix: string, retention: number) {
    this.#connection = connection;
    this.#retention = retention;
    this.#key = `{${prefix}}:jobs-declared`;
  }

  /** Declares this process's jobs. @returns the valid schedule of every job in the fleet, by name */
  async declare(jobs: readonly DeclaredSchedule[]): Promise<ReadonlyMap<string, string>> {
    const fields = jobs.map(({ name, schedule }) => `${name}\n${schedule}`);
    const living = (await DECLARE.run(
      this.#connection,
      [this.#key],
      [this.#retention, ...fields],
    )) as readonly unknown[];
    return new Map(living.map((field) => String(field).split('\n') as [string, string]));
  }
}
