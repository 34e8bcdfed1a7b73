import { setTimeout as delay } from 'node:timers/promises';
import type * as BullMq from 'bullmq';
import type { Clock } from '../../../base/clock.js';
import { LarderError, LarderJobError, LarderRedisError, messageOf } from '../../../base/errors.js';
import type { OpenIoredis } from '../../../redis/client/ioredis.js';
import type { RedisClient } from '../../../redis/redis-client.js';
import type { Cron } from '../../cron.js';
import type { JobDefinition } from '../../definition.js';
import type { JobListener } from '../../run.js';
import { Schedule } from '../../schedule.js';
import type { OnTick, Scheduler } from '../../scheduler.js';
import { boundedWaits } from './bounded-waits.js';
import type { RedisJobLocks } from './redis-job-lock.js';
import { ScheduleRegistry } from './schedule-registry.js';

// All durations in milliseconds.
const QUEUE = 'jobs';
/** BullMQ gives a run to another process if its own process has not renewed the lock for this long. */
const LOCK_TTL = 4000;
const STALLED_INTERVAL = 1500;
/** How long one wait for ticks lasts, and the pause after an error. */
const POLL_INTERVAL = 500;
/** How often a process declares its schedules within their retention. */
const DECLARATIONS_PER_RETENTION = 6;
/** A scheduler whose next tick is overdue by this much has lost the tick, and is started again. */
const OVERDUE_AFTER = 15_000;
const MAX_TICK_AGE = 60_000;
/** How long closing may take after the last run has ended, or after the deadline. */
const CLOSE_TIMEOUT = 1000;
/** Concurrent ticks in this process, including those that wait for a former run. */
const CONCURRENCY = 100;

export interface BullMqSchedulerOptions {
  readonly bullmq: typeof BullMq;
  readonly cron: Cron;
  /** The client that BullMQ duplicates; BullMQ has its own timeouts. */
  readonly client: OpenIoredis['client'];
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly clock: Clock;
  readonly report: JobListener;
  readonly locks: RedisJobLocks;
  /** How long a schedule stays after the last process with the job has ended, in milliseconds. */
  readonly retention: number;
  /** Aborted when the scheduler stops. */
  readonly stopping: AbortController;
}

/** The ticks of a fleet, from BullMQ's job schedulers in one queue. */
export class BullMqScheduler implements Scheduler {
  readonly queue: BullMq.Queue;
  readonly #options: BullMqSchedulerOptions;
  readonly #registry: ScheduleRegistry;
  readonly #connection: BullMq.QueueBaseOptions & BullMq.KeyPrefixOptions;
  #jobs: ReadonlyMap<string, JobDefinition> = new Map();
  #worker: BullMq.Worker | undefined;
  #cancel = () => {};
  #cancelRest = () => {};
  #isStopped = false;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: BullMqSchedulerOptions) {
    this.#options = options;
    this.#registry = new ScheduleRegistry(options.redis, options.prefix, options.retention);
    this.#connection = {
      connection: options.client as BullMq.ConnectionOptions,
      prefix: `{${options.prefix}}`,
    };
    this.queue = new options.bullmq.Queue(QUEUE, {
      ...this.#connection,
      settings: { repeatStrategy: nextTick(options.cron) },
      defaultJobOptions: { attempts: 5, backoff: 1000, removeOnComplete: 200, removeOnFail: 200 },
    });
    this.queue.on('error', (error) => this.#trouble(error));
  }

  start(jobs: readonly JobDefinition[], onTick: OnTick): void {
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#worker = new this.#options.bullmq.Worker(
      QUEUE,
      (tick, token) => this.#track(this.#process(tick, token, onTick)),
      {
        ...this.#connection,
        settings: { repeatStrategy: nextTick(this.#options.cron) },
        concurrency: CONCURRENCY,
        lockDuration: LOCK_TTL,
        stalledInterval: STALLED_INTERVAL,
        // Limits how many processes a run that crashes its process can end.
        maxStalledCount: 5,
        drainDelay: POLL_INTERVAL / 1000,
        runRetryDelay: POLL_INTERVAL,
      },
      boundedWaits(this.#options.bullmq.createRedisBackend),
    );
    this.#worker.on('error', (error) => this.#rest(error));
    void this.#keepDeclared();
  }

  async stop(deadline: AbortSignal): Promise<void> {
    this.#isStopped = true;
    this.#options.stopping.abort();
    this.#cancel();
    this.#cancelRest();
    const closing = Promise.allSettled([this.#worker?.close(), this.queue.close()]);
    const isLate = new Promise<void>((resolve) => {
      if (deadline.aborted) resolve();
      else deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    // `close` waits for Redis; while Redis is unavailable, give up after CLOSING.
    await Promise.race([closing, Promise.race([isLate, this.#idle()]).then(() => delay(CLOSE_TIMEOUT))]);
    await endLockRenewal(this.#worker);
  }

  /** Resolves when no tick is running in this process. */
  async #idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  async #process(tick: BullMq.Job, token: string | undefined, onTick: OnTick): Promise<string> {
    const job = this.#jobs.get(tick.name);
    if (job === undefined) return this.#passOn(tick, token);
    const run = await onTick(job, new Date(tick.opts.prevMillis ?? tick.timestamp));
    if (run === undefined) return 'skipped';
    if (run.result === 'succeeded') return run.result;
    // Unrecoverable: a failed run has had its retries, and another process recovers a stopped one.
    throw new this.#options.bullmq.UnrecoverableError(run.error ?? run.result);
  }

  /** Leaves a job that only other deployments have to their processes. */
  async #passOn(tick: BullMq.Job, token: string | undefined): Promise<string> {
    const now = Date.now();
    if (now - tick.timestamp - tick.delay > MAX_TICK_AGE) return 'no process has this job';
    await tick.moveToDelayed(now + POLL_INTERVAL, token);
    throw new this.#options.bullmq.DelayedError();
  }

  async #keepDeclared(): Promise<void> {
    const isDone = await this.#declare().then(
      () => true,
      (error: unknown) => this.#trouble(error),
    );
    if (!this.#isStopped) {
      const pause = isDone ? this.#options.retention / DECLARATIONS_PER_RETENTION : POLL_INTERVAL;
      this.#cancel = this.#options.clock.after(pause, () => void this.#keepDeclared());
    }
  }

  /** Adds the missing schedules to Redis, and removes those of jobs that no process has. */
  async #declare(): Promise<void> {
    // Read before the registry: every scheduler in this list was declared before it was added.
    const schedulers = await this.queue.getJobSchedulers();
    const own = [...this.#jobs.values()].map(({ name, schedule }) => ({ name, schedule: schedule.text }));
    const living = await this.#registry.declare(own);
    for (const { key } of schedulers) {
      if (living.has(key)) continue;
      await this.queue.removeJobScheduler(key);
      await this.#options.locks.forget(key);
      this.#options.report({ type: 'removed', name: key });
    }
    for (const { name, schedule } of own) {
      if (this.#isStopped || living.get(name) !== schedule) continue;
      const scheduler = schedulers.find(({ key }) => key === name);
      const isRunning = scheduler?.pattern === schedule && (scheduler.next ?? 0) > Date.now() - OVERDUE_AFTER;
      if (!isRunning) await this.queue.upsertJobScheduler(name, { pattern: schedule }, { name });
    }
  }

  /** Pauses the worker: BullMQ retries at once what Redis refuses at once, and would block the event loop. */
  #rest(error: unknown): void {
    this.#trouble(error);
    const worker = this.#worker;
    if (worker === undefined || worker.isPaused() || this.#isStopped) return;
    worker.pause(true).catch((fault: unknown) => this.#trouble(fault));
    this.#cancelRest = this.#options.clock.after(POLL_INTERVAL, () => void worker.resume());
  }

  /** Wraps errors of BullMQ and its client in Larder's errors, with code, server and advice. */
  #asOurs(error: unknown): unknown {
    if (error instanceof LarderError) return error;
    const { problem } = this.#options.redis;
    if (problem !== undefined) return new LarderRedisError('unavailable', problem);
    const text = messageOf(error);
    return new LarderJobError(`BullMQ failed: ${text}. It retries by itself; check the log of Redis if this goes on.`);
  }

  #trouble(error: unknown): false {
    if (!this.#isStopped) this.#options.report({ type: 'trouble', name: undefined, error: this.#asOurs(error) });
    return false;
  }
}

/** Uses the schedule in the tick itself, because the job may belong to another deployment. */
function nextTick(cron: Cron) {
  return (after: number, { pattern = '' }: BullMq.RepeatOptions): number => Schedule.parse(pattern, cron).next(after);
}

/**
 * BullMQ renews locks until its worker has closed, which a run that hangs prevents: its timer would keep this process alive.
 */
async function endLockRenewal(worker: BullMq.Worker | undefined): Promise<void> {
  const { lockManager } = (worker ?? {}) as { readonly lockManager?: Partial<BullMq.LockManager> };
  await lockManager?.close?.();
}
