import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../base/clock.js';
import { LarderJobError } from '../../../base/errors.js';
import type { Connection } from '../../../redis/connection.js';
import type { JobLock, JobLocks, LockOptions, LockReply, RunRequest } from '../../job-lock.js';
import { ACQUIRE, KEEP, RELEASE_JOB } from './job-lock-scripts.js';
import { pausesKey } from './redis-job-pauses.js';

/** How long a lock outlives its process, in milliseconds. */
const LOCK_TTL = 4000;
const RENEW_INTERVAL = 1000;
/** How long newer ticks wait for an older one whose process no longer asks for the lock, in milliseconds. */
const WAITING_TTL = 1000;
/** How often a run is begun again after its process died. Limits how many processes a run can crash. */
const MAX_REPETITIONS = 5;

/** Locks among the runs of all processes: a key with a short life, renewed while its holder lives. */
export class RedisJobLocks implements JobLocks {
  readonly #connection: Connection;
  readonly #tag: string;
  readonly #paused: string;
  readonly #clock: Clock;

  constructor(connection: Connection, prefix: string, clock: Clock) {
    this.#connection = connection;
    this.#tag = `{${prefix}}`;
    this.#paused = pausesKey(prefix);
    this.#clock = clock;
  }

  async acquire(job: string, schedule: string, request: RunRequest, options: LockOptions): Promise<LockReply> {
    const token = randomUUID();
    const asked = this.#clock.elapsed();
    const { at, kind } = request;
    const { alive = '', isRecovery } = options;
    const args = [
      job,
      token,
      LOCK_TTL,
      at,
      kind,
      schedule,
      alive,
      isRecovery ? '1' : '0',
      WAITING_TTL,
      MAX_REPETITIONS,
    ];
    const reply = (await ACQUIRE.run(this.#connection, this.#keys(job), args)) as readonly unknown[];
    const [type, ...rest] = reply.map(String);
    switch (type) {
      case 'acquired': {
        const [at, kind, times, previous] = rest as [string, RunRequest['kind'], string, string];
        const lock = this.#hold({ job, schedule, token, field: `${at} ${kind} ${times}`, since: asked });
        return { type, lock: { ...lock, request: { at: Number(at), kind }, previousTick: tickOf(previous) } };
      }
      case 'held':
        return { type, holder: rest[0] as string, expiresIn: Number(rest[1]) };
      case 'skipped':
        return { type, previousTick: tickOf(rest[0]) };
      case 'paused':
        return { type };
      case 'abandoned':
        throw abandoned(job, Number(rest[0]));
      default:
        return { type: 'settled' };
    }
  }

  async unfinished(): Promise<ReadonlyMap<string, RunRequest>> {
    const flat = ((await this.#connection.call('HGETALL', this.#unfinishedKey)) as readonly unknown[])
      .flat()
      .map(String);
    const found = new Map<string, RunRequest>();
    for (let at = 0; at < flat.length; at += 2) {
      const [, moment, kind] = /^(\d+) (tick|manual) \d+$/.exec(flat[at + 1] as string) ?? [];
      if (moment !== undefined) found.set(flat[at] as string, { at: Number(moment), kind: kind as RunRequest['kind'] });
    }
    return found;
  }

  /** Deletes the records of a job that no process has any more. */
  async forget(job: string): Promise<void> {
    const [, unfinished, ticks] = this.#keys(job);
    await this.#connection.call('HDEL', unfinished as string, job);
    await this.#connection.call('HDEL', ticks as string, job);
  }

  #hold({ job, schedule, token, field, since }: Holding): Pick<JobLock, 'lost' | 'release'> {
    const keys = this.#keys(job);
    const loss = new AbortController();
    let until = since + LOCK_TTL;
    let isHeld = true;
    const renew = async () => {
      const asked = this.#clock.elapsed();
      const renewed = await KEEP.run(this.#connection, keys, [job, token, LOCK_TTL, field]).catch(() => undefined);
      if (renewed === 1) until = asked + LOCK_TTL;
      if (!isHeld) return;
      if (renewed === 0 || this.#clock.elapsed() >= until) loss.abort(new Error('Another process may run it now.'));
      else plan();
    };
    let cancel = () => {};
    const plan = () => {
      cancel = this.#clock.after(RENEW_INTERVAL, () => void renew());
    };
    plan();
    return {
      lost: loss.signal,
      release: async (isDone) => {
        isHeld = false;
        cancel();
        return (await RELEASE_JOB.run(this.#connection, keys, [job, token, field, schedule, isDone ? '1' : '0'])) === 1;
      },
    };
  }

  get #unfinishedKey(): string {
    return `${this.#tag}:jobs-unfinished`;
  }

  #keys(job: string): readonly string[] {
    const own = `${this.#tag}:job:${job}`;
    return [`${own}:turn`, this.#unfinishedKey, `${this.#tag}:jobs-ticks`, `${own}:waiting`, this.#paused];
  }
}

/** A held lock. */
interface Holding {
  readonly job: string;
  readonly schedule: string;
  readonly token: string;
  /** The field of `unfinished` for its run. */
  readonly field: string;
  /** When it was requested, on the clock's `elapsed`. */
  readonly since: number;
}

function tickOf(text: string | undefined): number | undefined {
  return text ? Number(text) : undefined;
}

function abandoned(job: string, at: number): LarderJobError {
  const when = new Date(at).toISOString();
  return new LarderJobError(
    `Abandoned the run of ${job} due at ${when}: ${MAX_REPETITIONS + 1} processes ended during it. Find out why they ended.`,
  );
}
