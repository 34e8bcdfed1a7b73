import type { Connection } from '../../../redis/connection.js';
import { HEAL, Script } from '../../../redis/script.js';
import { type JobPause, type JobPauses, NEVER_PAUSED, type PauseState } from '../../job-pauses.js';

/** Arguments: `job, field`. Stores the field of a pause unless there is one, which it returns. */
const PAUSE = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'hash')
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and string.sub(known, 1, 7) == 'paused ' then return known end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return false
`);

/** Arguments: `job, field`. Stores the field in place of that of a pause, which it returns. */
const RESUME = new Script(`#!lua
${HEAL}
heal(KEYS[1], 'hash')
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known or string.sub(known, 1, 7) ~= 'paused ' then return false end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return known
`);

/**
 * The pauses of jobs in all processes: a hash with one field per job, `paused <since> <by>` or `resumed <at>`, in milliseconds
 * since the epoch. It has no expiry, and stays when no process has the job: a pause outlives every process.
 */
export class RedisJobPauses implements JobPauses {
  readonly #connection: Connection;
  readonly #key: string;

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#key = pausesKey(prefix);
  }

  async pause(job: string, { by, since }: JobPause): Promise<JobPause | undefined> {
    const field = `paused ${since.getTime()} ${by}`;
    return stateOf(await PAUSE.run(this.#connection, [this.#key], [job, field])).paused;
  }

  async resume(job: string, at: Date): Promise<JobPause | undefined> {
    return stateOf(await RESUME.run(this.#connection, [this.#key], [job, `resumed ${at.getTime()}`])).paused;
  }

  async state(job: string): Promise<PauseState> {
    return stateOf(await this.#connection.call('HGET', this.#key, job));
  }
}

/** The hash of the pauses, which the script that acquires locks reads too. */
export function pausesKey(prefix: string): string {
  return `{${prefix}}:jobs-paused`;
}

function stateOf(field: unknown): PauseState {
  const [, kind, at, by = ''] = /^(paused|resumed) (\d+) ?(.*)$/s.exec(String(field ?? '')) ?? [];
  if (kind === undefined) return NEVER_PAUSED;
  const moment = new Date(Number(at));
  return kind === 'paused'
    ? { paused: { by, since: moment }, resumedAt: undefined }
    : { paused: undefined, resumedAt: moment };
}
