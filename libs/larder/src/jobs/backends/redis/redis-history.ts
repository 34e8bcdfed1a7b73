import type { Connection } from '../../../redis/connection.js';
import { HEAL, Script } from '../../../redis/script.js';
import { type JobHistory, type JobRecord, lostRun, MAX_RUNS } from '../../history.js';
import type { EndedRun, JobRun } from '../../run.js';

/** Argument: `run`. Begins a run; returns the former run if it never ended. */
const STARTED = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'hash')
local before = redis.call('HGET', KEYS[1], 'running')
redis.call('HSET', KEYS[1], 'running', ARGV[1])
return before
`);

/** Arguments: `run, whether it succeeded, history length, whether it is the running one`. Ends a run; idempotent. */
const ENDED = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'hash')
heal(KEYS[2], 'list')
if redis.call('LINDEX', KEYS[2], 0) == ARGV[1] then return end
if ARGV[4] == '1' then redis.call('HDEL', KEYS[1], 'running') end
redis.call('HSET', KEYS[1], 'last', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'total', 1)
if ARGV[2] == '1' then redis.call('HSET', KEYS[1], 'failures', 0) else redis.call('HINCRBY', KEYS[1], 'failures', 1) end
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1)
`);

/** The history of jobs in all processes. */
export class RedisHistory implements JobHistory {
  readonly #connection: Connection;
  readonly #prefix: string;

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async started(name: string, run: JobRun): Promise<void> {
    const before = await STARTED.run(this.#connection, [this.#key(name)], [JSON.stringify(run)]);
    const unended = read<JobRun>(before);
    if (unended !== undefined) await this.#end(name, lostRun(unended), false);
  }

  async ended(name: string, run: EndedRun): Promise<void> {
    await this.#end(name, run, true);
  }

  async skipped(name: string, count: number): Promise<void> {
    await this.#connection.call('HINCRBY', this.#key(name), 'skipped', count);
  }

  async repeated(name: string): Promise<void> {
    await this.#connection.call('HINCRBY', this.#key(name), 'repeated', 1);
  }

  async record(name: string): Promise<JobRecord> {
    const fields = ['running', 'last', 'failures', 'total', 'skipped', 'repeated'];
    const reply = await this.#connection.call('HMGET', this.#key(name), ...fields);
    const [running, last, failures, total, skipped, repeated] = reply as readonly unknown[];
    return {
      running: read<JobRun>(running),
      last: read<EndedRun>(last),
      consecutiveFailures: Number(failures ?? 0),
      total: Number(total ?? 0),
      skipped: Number(skipped ?? 0),
      repeated: Number(repeated ?? 0),
    };
  }

  async runs(name: string): Promise<readonly EndedRun[]> {
    const runs = (await this.#connection.call('LRANGE', this.#historyKey(name), 0, MAX_RUNS - 1)) as readonly unknown[];
    return runs.map((run) => read<EndedRun>(run)).filter((run) => run !== undefined);
  }

  async #end(name: string, run: EndedRun, isRunning: boolean): Promise<void> {
    const keys = [this.#key(name), this.#historyKey(name)];
    const flags = [run.result === 'succeeded' ? '1' : '0', MAX_RUNS, isRunning ? '1' : '0'];
    await ENDED.run(this.#connection, keys, [JSON.stringify(run), ...flags]);
  }

  #key(name: string): string {
    return `{${this.#prefix}}:job:${name}`;
  }

  #historyKey(name: string): string {
    return `${this.#key(name)}:history`;
  }
}

/** `undefined` if there is none, or the text is not a valid run. */
function read<Run extends JobRun>(text: unknown): Run | undefined {
  if (text === null || text === undefined) return undefined;
  try {
    const run = JSON.parse(String(text));
    return { ...run, scheduledFor: new Date(run.scheduledFor), startedAt: new Date(run.startedAt) };
  } catch {
    return undefined;
  }
}
