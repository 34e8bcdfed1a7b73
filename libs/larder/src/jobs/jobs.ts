import type { Clock } from '../base/clock.js';
import { LarderJobError } from '../base/errors.js';
import { quietly } from '../base/listeners.js';
import { Signal } from '../base/signals/signal.js';
import { TimeBudget } from '../base/timeout.js';
import type { JobDefinition } from './definition.js';
import type { JobHistory, JobRecord } from './history.js';
import type { JobLocks } from './job-lock.js';
import type { JobPause, JobPauses, PauseState } from './job-pauses.js';
import type { EndedRun, JobEvent, JobListener, JobStatus } from './run.js';
import { BY, Runner } from './runner.js';
import type { Scheduler } from './scheduler.js';

export const JOB = new Signal<JobEvent>('nest-larder:job');

/** How late a run may begin before it is overdue, in milliseconds. Recovering the run of a dead process takes less. */
const OVERDUE_AFTER = 30_000;
/** Characters of the name of a user who pauses a job. */
const MAX_BY = 100;

/** Scheduler, locks, pauses and history of jobs: in memory, or in Redis. */
export interface JobBackend {
  readonly scheduler: Scheduler;
  readonly locks: JobLocks;
  readonly pauses: JobPauses;
  readonly history: JobHistory;
  /** BullMQ's queue; `undefined` in memory. */
  readonly queue?: object;
  close(): void;
}

/**
 * The jobs of this application: their status and history, `runNow`, `pause` and `resume`. With Redis, status, history and pauses
 * cover the whole fleet, and each call may reject with a LarderRedisError.
 */
export class Jobs {
  readonly #clock: Clock;
  readonly #listeners = new Set<JobListener>();
  #jobs: ReadonlyMap<string, JobDefinition> = new Map();
  #backend: JobBackend | undefined;
  #runner: Runner | undefined;
  #startedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The status of every job, sorted by name. */
  async list(): Promise<readonly JobStatus[]> {
    return Promise.all([...this.#jobs.keys()].sort().map((name) => this.status(name)));
  }

  /** @throws LarderJobError if the job does not exist */
  async status(name: string): Promise<JobStatus> {
    const { job, backend } = this.#job(name);
    const [record, pauses] = await Promise.all([backend.history.record(name), backend.pauses.state(name)]);
    const nextRun = new Date(job.schedule.next(this.#clock.now()));
    const overdueSince = this.#overdueSince(job, record, pauses);
    return { name, schedule: job.schedule.text, ...record, nextRun, paused: pauses.paused, overdueSince };
  }

  /** Whether this process runs ticks. */
  get isRunning(): boolean {
    return this.#startedAt !== undefined;
  }

  /**
   * The last 50 runs that ended, the latest first.
   *
   * @throws LarderJobError if the job does not exist
   */
  async history(name: string): Promise<readonly EndedRun[]> {
    return this.#job(name).backend.history.runs(name);
  }

  /**
   * Runs a job in this process, now, also while it is paused. If this process dies during the run, another one repeats it.
   *
   * @returns the ended run, also if it failed
   * @throws LarderJobError if the job does not exist, or is already running in any process
   */
  async runNow(name: string): Promise<EndedRun> {
    const { job, runner } = this.#job(name);
    return runner.runNow(job);
  }

  /**
   * Stops the ticks of a job until {@link resume}: in the whole fleet with Redis, where the pause outlives every process; else in
   * this process. Once this has resolved, no further tick begins. A run that has begun goes on, and is repeated if its process dies;
   * `runNow` runs the job also while it is paused.
   *
   * @param by who pauses it, for the status: 1 to 100 characters. Default: host and process
   * @returns the pause
   * @throws LarderJobError if the job does not exist, is already paused, or `by` is invalid
   * @example
   * ```ts
   * async function without(jobs: Jobs, work: () => Promise<void>): Promise<void> {
   *   await jobs.pause('remind', 'the migration of Ada');
   *   await work();
   *   await jobs.resume('remind');
   * }
   * ```
   */
  async pause(name: string, by: string = BY): Promise<JobPause> {
    const { backend } = this.#job(name);
    if (typeof by !== 'string' || by.length === 0 || by.length > MAX_BY) {
      const got = typeof by === 'string' ? `${by.length} characters` : typeof by;
      throw new LarderJobError(`Invalid by: got ${got}, expected 1 to ${MAX_BY} characters. Say who pauses the job.`);
    }
    const pause: JobPause = { by, since: new Date(this.#clock.now()) };
    const earlier = await backend.pauses.pause(name, pause);
    if (earlier !== undefined) {
      const when = earlier.since.toISOString();
      throw new LarderJobError(`The job ${name} is already paused, by ${earlier.by} since ${when}. Resume it first.`);
    }
    this.report({ type: 'paused', name, pause });
    return pause;
  }

  /**
   * Ends the pause of a job. The next tick runs; those of the pause do not.
   *
   * @returns the pause that has ended
   * @throws LarderJobError if the job does not exist, or is not paused
   */
  async resume(name: string): Promise<JobPause> {
    const { backend } = this.#job(name);
    const pause = await backend.pauses.resume(name, new Date(this.#clock.now()));
    if (pause === undefined) throw new LarderJobError(`The job ${name} is not paused. There is nothing to resume.`);
    this.report({ type: 'resumed', name, pause });
    return pause;
  }

  /** Calls the listener for each job event of this process. @returns a function that removes the listener */
  on(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** BullMQ's queue, for its tools such as bull-board; `undefined` without Redis. */
  get queue(): object | undefined {
    return this.#backend?.queue;
  }

  /** @internal Sets the jobs and their backend. */
  open(jobs: readonly JobDefinition[], backend: JobBackend): void {
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#backend = backend;
    this.#runner = new Runner({ ...backend, clock: this.#clock, report: (event) => this.report(event) });
  }

  /** @internal Starts the ticks. */
  start(): void {
    const runner = this.#runner;
    if (runner === undefined) return;
    this.#backend?.scheduler.start([...this.#jobs.values()], (job, scheduledFor) => runner.tick(job, scheduledFor));
    runner.watch(this.#jobs);
    this.#startedAt = this.#clock.now();
  }

  /**
   * @internal Waits up to `deadline` for running jobs, then aborts them. Waits for those that go on no longer than the budget:
   * another process repeats them.
   * @param deadline milliseconds
   */
  async stop(deadline: number, budget = new TimeBudget(this.#clock, deadline + 2000)): Promise<void> {
    const [parts, runner] = [this.#backend, this.#runner];
    if (parts === undefined || runner === undefined) return;
    const late = new AbortController();
    const timer = setTimeout(() => {
      runner.abort();
      late.abort();
    }, deadline);
    this.#startedAt = undefined;
    runner.unwatch();
    await budget.wait(parts.scheduler.stop(late.signal).then(() => runner.idle()));
    clearTimeout(timer);
    parts.close();
  }

  /** @internal Calls all listeners; their errors become process warnings. */
  report(event: JobEvent): void {
    JOB.send(event);
    for (const listener of this.#listeners) quietly(listener, 'A listener for job events')(event);
  }

  #overdueSince(
    { schedule }: JobDefinition,
    { running, last }: JobRecord,
    { paused, resumedAt }: PauseState,
  ): Date | undefined {
    if (running !== undefined || paused !== undefined || this.#startedAt === undefined) return undefined;
    // Before this process started, there may have been no process to run a tick; and none of a pause is run later.
    const since = Math.max(this.#startedAt, last?.startedAt.getTime() ?? 0, resumedAt?.getTime() ?? 0);
    const first = schedule.next(since);
    return this.#clock.now() - first > OVERDUE_AFTER ? new Date(first) : undefined;
  }

  #job(name: string): { job: JobDefinition; backend: JobBackend; runner: Runner } {
    const job = this.#jobs.get(name);
    const [backend, runner] = [this.#backend, this.#runner];
    if (job !== undefined && backend !== undefined && runner !== undefined) return { job, backend, runner };
    const names = [...this.#jobs.keys()].sort().join(', ') || 'none';
    throw new LarderJobError(`There is no job ${JSON.stringify(name)}. There are: ${names}.`);
  }
}
