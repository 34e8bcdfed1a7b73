import type { Clock } from '../base/clock.js';
import { LarderJobError } from '../base/errors.js';
import { TimeBudget } from '../base/timeout.js';
import type { JobDefinition } from './definition.js';
import type { JobHistory, JobRecord } from './history.js';
import type { JobLocks } from './job-lock.js';
import type { EndedRun, JobEvent, JobListener, JobStatus } from './run.js';
import { Runner } from './runner.js';
import type { Scheduler } from './scheduler.js';

/** How long after a tick its run may begin, that of a process that died included, in milliseconds. */
const OVERDUE_AFTER = 30_000;

/** What jobs run on. */
export interface JobBackend {
  readonly scheduler: Scheduler;
  readonly locks: JobLocks;
  readonly history: JobHistory;
  /** BullMQ's queue, where there is one. */
  readonly queue?: object;
  close(): void;
}

/**
 * The jobs of this application: what is known of them, in the whole fleet where Redis is configured, and running one now.
 * What it answers comes from Redis then: each call may reject with a LarderRedisError.
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

  /** Every job, by name. */
  async list(): Promise<readonly JobStatus[]> {
    return Promise.all([...this.#jobs.keys()].sort().map((name) => this.status(name)));
  }

  /** @throws LarderJobError if there is no such job */
  async status(name: string): Promise<JobStatus> {
    const { job, backend } = this.#job(name);
    const record = await backend.history.record(name);
    const nextRun = new Date(job.schedule.next(this.#clock.now()));
    return { name, schedule: job.schedule.text, ...record, nextRun, overdueSince: this.#overdueSince(job, record) };
  }

  /** Whether ticks are taken in this process. */
  get isRunning(): boolean {
    return this.#startedAt !== undefined;
  }

  /**
   * The last 50 runs that ended, the latest first.
   *
   * @throws LarderJobError if there is no such job
   */
  async history(name: string): Promise<readonly EndedRun[]> {
    return this.#job(name).backend.history.runs(name);
  }

  /**
   * Runs a job in this process, now. If this process dies meanwhile, another one begins the run again.
   *
   * @returns how it ended, failures included
   * @throws LarderJobError if there is no such job, or it is running already, anywhere
   */
  async runNow(name: string): Promise<EndedRun> {
    const { job, runner } = this.#job(name);
    return runner.runNow(job);
  }

  /** Tells a listener of what happens to jobs in this process. @returns what ends that */
  on(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** BullMQ's queue, for its tools such as bull-board; `undefined` without Redis. */
  get queue(): object | undefined {
    return this.#backend?.queue;
  }

  /** @internal Knows its jobs from here on. */
  open(jobs: readonly JobDefinition[], backend: JobBackend): void {
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#backend = backend;
    this.#runner = new Runner({ ...backend, clock: this.#clock, report: (event) => this.report(event) });
  }

  /** @internal Runs them from here on. */
  start(): void {
    const runner = this.#runner;
    if (runner === undefined) return;
    this.#backend?.scheduler.start([...this.#jobs.values()], (job, scheduledFor) => runner.tick(job, scheduledFor));
    runner.watch(this.#jobs);
    this.#startedAt = this.#clock.now();
  }

  /**
   * @internal Lets runs under way end, for as long as `deadline` says, then tells them to stop. Waits no longer than the budget
   * for those that do not: another process runs them again.
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

  /** @internal A listener that fails must not fail what it listens to. */
  report(event: JobEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(`A listener for job events failed: ${error}`, 'LarderWarning');
      }
    }
  }

  #overdueSince({ schedule }: JobDefinition, { running, last }: JobRecord): Date | undefined {
    if (running !== undefined || this.#startedAt === undefined) return undefined;
    // What was due before this process started may have been for nobody.
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
