import type { Clock } from '../base/clock.js';
import { LarderJobError } from '../base/errors.js';
import { quietly } from '../base/listeners.js';
import { Signal } from '../base/signals/signal.js';
import { TimeBudget } from '../base/timeout.js';
import type { JobDefinition } from './definition.js';
import type { JobHistory, JobRecord } from './history.js';
import type { JobLocks } from './job-lock.js';
import type { EndedRun, JobEvent, JobListener, JobStatus } from './run.js';
import { Runner } from './runner.js';
import type { Scheduler } from './scheduler.js';

export const JOB = new Signal<JobEvent>('nest-larder:job');

/** How late a run may begin before it is overdue, in milliseconds. Recovering the run of a dead process takes less. */
const OVERDUE_AFTER = 30_000;

/** Scheduler, locks and history of jobs: in memory, or in Redis. */
export interface JobBackend {
  readonly scheduler: Scheduler;
  readonly locks: JobLocks;
  readonly history: JobHistory;
  /** BullMQ's queue; `undefined` in memory. */
  readonly queue?: object;
  close(): void;
}

/**
 * The jobs of this application: their status and history, and `runNow`. With Redis, status and history cover the whole fleet, and
 * each call may reject with a LarderRedisError.
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
    const record = await backend.history.record(name);
    const nextRun = new Date(job.schedule.next(this.#clock.now()));
    return { name, schedule: job.schedule.text, ...record, nextRun, overdueSince: this.#overdueSince(job, record) };
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
   * Runs a job in this process, now. If this process dies during the run, another one repeats it.
   *
   * @returns the ended run, also if it failed
   * @throws LarderJobError if the job does not exist, or is already running in any process
   */
  async runNow(name: string): Promise<EndedRun> {
    const { job, runner } = this.#job(name);
    return runner.runNow(job);
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

  #overdueSince({ schedule }: JobDefinition, { running, last }: JobRecord): Date | undefined {
    if (running !== undefined || this.#startedAt === undefined) return undefined;
    // Before this process started, there may have been no process to run a tick.
    const first = schedule.next(Math.max(this.#startedAt, last?.startedAt.getTime() ?? 0));
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
