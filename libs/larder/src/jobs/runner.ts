import { hostname } from 'node:os';
import type { Clock } from '../base/clock.js';
import { LarderJobError } from '../base/errors.js';
import { runAttempt } from './attempt.js';
import type { JobDefinition } from './definition.js';
import type { JobHistory } from './history.js';
import type { JobLock, JobLocks, LockHolder, RunRequest } from './job-lock.js';
import type { EndedRun, JobListener, JobRun } from './run.js';

/** How often a held lock is requested again, in milliseconds. */
const POLL_INTERVAL = 100;
/** How often this process looks for runs whose process died, in milliseconds. */
const WATCH_INTERVAL = 1000;
/** How often, and for how long, recording the end of a run is retried, in milliseconds. */
const RETRY_DELAY = 250;
const MAX_RELEASE_TIME = 60_000;
const MAX_RETRY_DELAY = 30_000;
/** This process, in runs and pauses. */
export const BY = `${hostname()}:${process.pid}`;

export interface RunnerOptions {
  readonly locks: JobLocks;
  readonly history: JobHistory;
  readonly clock: Clock;
  readonly report: JobListener;
}

/** Executes runs: one at a time per job, with retries, and records them. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  /** Called when the process stops. */
  readonly #onStop = new Set<() => void>();
  #isStopping = false;
  #cancelWatch: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs a tick of the schedule, or skips it if the job is still running or is paused.
   *
   * @throws LarderRedisError if the lock cannot be requested
   */
  async tick(job: JobDefinition, scheduledFor: Date): Promise<EndedRun | undefined> {
    return this.#carryOut(job, { at: scheduledFor.getTime(), kind: 'tick' });
  }

  /** @throws LarderJobError if the job is running in any process */
  async runNow(job: JobDefinition): Promise<EndedRun> {
    const run = await this.#carryOut(job, { at: this.#options.clock.now(), kind: 'manual' });
    if (run !== undefined) return run;
    throw new LarderJobError(`The job ${job.name} is already running. Wait until it has ended.`);
  }

  /** From now on, repeats runs whose process died. */
  watch(jobs: ReadonlyMap<string, JobDefinition>): void {
    if (this.#options.locks.unfinished === undefined) return;
    this.#cancelWatch = this.#options.clock.after(WATCH_INTERVAL, () => {
      void this.#recover(jobs).then(() => {
        if (this.#cancelWatch !== undefined) this.watch(jobs);
      });
    });
  }

  unwatch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
  }

  /** Aborts every run. */
  abort(): void {
    this.#isStopping = true;
    for (const stop of this.#onStop) stop();
  }

  /** Resolves when no job is running. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** Executes the request, after any older run whose process died. */
  async #carryOut(job: JobDefinition, request: RunRequest): Promise<EndedRun | undefined> {
    for (;;) {
      const lock = await this.#acquire(job, request);
      if (lock === undefined) return undefined;
      const run = await this.#track(this.#run(job, lock));
      if (isSame(lock.request, request)) return run;
    }
  }

  /** A holder that renews its lock is alive: a tick is then skipped. One that does not is dead: the tick waits for its lock. */
  async #acquire(job: JobDefinition, request: RunRequest): Promise<JobLock | undefined> {
    let before: LockHolder | undefined;
    let alive: string | undefined;
    for (;;) {
      const reply = await this.#options.locks.acquire(job.name, job.schedule.text, request, {
        alive,
        isRecovery: false,
      });
      switch (reply.type) {
        case 'acquired':
          await this.#tellMissed(job, request, reply.lock.previousTick);
          return reply.lock;
        case 'skipped':
          if (request.kind === 'tick') await this.#tellSkipped(job, request, reply.previousTick);
          return undefined;
        case 'paused':
        case 'settled':
          return undefined;
      }
      const isKnown = alive === reply.holder;
      alive = hasRenewed(reply, before) ? reply.holder : undefined;
      before = reply;
      if (alive === undefined || isKnown) await this.#pause(POLL_INTERVAL);
      if (this.#isStopping) throw new Error('The process is stopping.');
    }
  }

  async #recover(jobs: ReadonlyMap<string, JobDefinition>): Promise<void> {
    try {
      for (const [name, request] of (await this.#options.locks.unfinished?.()) ?? []) {
        const job = jobs.get(name);
        if (job === undefined || this.#isStopping) continue;
        const options = { isRecovery: true };
        const reply = await this.#options.locks.acquire(name, job.schedule.text, request, options);
        if (reply.type === 'acquired') void this.#track(this.#run(job, reply.lock));
      }
    } catch (error) {
      this.#options.report({ type: 'trouble', name: undefined, error });
    }
  }

  async #tellMissed(job: JobDefinition, { at }: RunRequest, previousTick: number | undefined): Promise<void> {
    if (previousTick === undefined) return;
    const count = job.schedule.countBetween(previousTick, at);
    if (count === 0) return;
    const scheduledFor = new Date(job.schedule.next(previousTick));
    this.#options.report({ type: 'skipped', name: job.name, scheduledFor, count, reason: 'missed' });
    await this.#written(job, this.#options.history.skipped(job.name, count));
  }

  async #tellSkipped(job: JobDefinition, request: RunRequest, previousTick: number | undefined): Promise<void> {
    const scheduledFor = new Date(request.at);
    await this.#tellMissed(job, request, previousTick);
    this.#options.report({ type: 'skipped', name: job.name, scheduledFor, count: 1, reason: 'running' });
    await this.#written(job, this.#options.history.skipped(job.name, 1));
  }

  #track<Outcome>(run: Promise<Outcome>): Promise<Outcome> {
    const tracked = run.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  async #run(job: JobDefinition, lock: JobLock): Promise<EndedRun> {
    const { clock, history, report } = this.#options;
    const { name } = job;
    const scheduledFor = new Date(lock.request.at);
    const began = clock.elapsed();
    const started: JobRun = { scheduledFor, startedAt: new Date(clock.now()), by: BY, attempts: 1 };
    report({ type: 'started', name, run: started });
    await this.#written(job, history.started(name, started));
    const outcome = await this.#tries(job, scheduledFor, lock.lost);
    const result = lock.lost.aborted && outcome.result === 'stopped' ? 'lost' : outcome.result;
    const run: EndedRun = { ...started, ...outcome, result, duration: clock.elapsed() - began };
    await this.#settle(job, run, lock);
    report({ type: 'ended', name, run });
    return run;
  }

  async #tries(job: JobDefinition, scheduledFor: Date, lost: AbortSignal) {
    const stop = new AbortController();
    const onLost = () => stop.abort(lost.reason);
    const onStop = () => stop.abort(new Error('The process is stopping.'));
    lost.addEventListener('abort', onLost);
    this.#onStop.add(onStop);
    if (lost.aborted) onLost();
    if (this.#isStopping) onStop();
    try {
      for (let attempt = 1; ; attempt++) {
        const outcome = await runAttempt(job, { scheduledFor, attempt }, stop.signal, this.#options.clock);
        const isLast = attempt > job.retries || outcome.result === 'succeeded' || outcome.result === 'stopped';
        if (isLast) return { ...outcome, attempts: attempt };
        await this.#pause(Math.min(MAX_RETRY_DELAY, 1000 * 2 ** (attempt - 1)), lost);
      }
    } finally {
      lost.removeEventListener('abort', onLost);
      this.#onStop.delete(onStop);
    }
  }

  /**
   * Records the end of a run and releases its lock. Retries while Redis is unavailable, because a run that has ended must not be
   * repeated. Another process repeats a run that was stopped or lost its lock.
   */
  async #settle(job: JobDefinition, run: EndedRun, lock: JobLock): Promise<void> {
    const { clock, history, report } = this.#options;
    const { name } = job;
    const isDone = run.result !== 'stopped' && run.result !== 'lost';
    const until = clock.elapsed() + MAX_RELEASE_TIME;
    for (let attempt = 0; ; attempt++) {
      try {
        // The process that has the lock now has recorded this run as lost.
        if (run.result !== 'lost') await history.ended(name, run);
        const wasAlone = await lock.release(isDone);
        if (wasAlone || !isDone) return;
        report({ type: 'repeated', name, run });
        return await this.#written(job, history.repeated(name));
      } catch (error) {
        if (attempt === 0) report({ type: 'trouble', name, error });
        if (this.#isStopping || clock.elapsed() >= until) return;
        await this.#pause(RETRY_DELAY);
      }
    }
  }

  /** A record that cannot be written affects the status, not the run. */
  async #written({ name }: JobDefinition, writing: Promise<void>): Promise<void> {
    await writing.catch((error) => this.#options.report({ type: 'trouble', name, error }));
  }

  /** Waits; ends early when the process stops or `signal` is aborted. */
  #pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopping || signal?.aborted) return resolve();
      const end = () => {
        cancel();
        this.#onStop.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#options.clock.after(milliseconds, end);
      this.#onStop.add(end);
      signal?.addEventListener('abort', end);
    });
  }
}

function isSame(one: RunRequest, other: RunRequest): boolean {
  return one.at === other.at && one.kind === other.kind;
}

/** Whether the holder of a lock is known to be alive: it has renewed the lock, or cannot die. */
function hasRenewed(holder: LockHolder, before: LockHolder | undefined): boolean {
  if (holder.expiresIn === Number.POSITIVE_INFINITY) return true;
  return holder.holder !== '' && holder.holder === before?.holder && holder.expiresIn >= before.expiresIn;
}
