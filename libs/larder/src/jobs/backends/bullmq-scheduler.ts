import { setTimeout as delay } from 'node:timers/promises';
import type * as BullMq from 'bullmq';
import type { Clock } from '../../base/clock.js';
import { LarderError, LarderJobError, LarderRedisError } from '../../base/errors.js';
import type { RedisClient } from '../../redis/redis-client.js';
import type { Cron } from '../cron.js';
import type { JobDefinition } from '../definition.js';
import type { JobListener } from '../run.js';
import { Schedule } from '../schedule.js';
import type { OnTick, Scheduler } from '../scheduler.js';
import type { RedisJobLocks } from './redis-job-lock.js';
import { ScheduleRegistry } from './schedule-registry.js';

/** The part of a name in Redis that follows the prefix. */
const QUEUE = 'jobs';
/** Milliseconds after which the run of a process of which nothing is heard is given to another. */
const LOCK_TTL = 4000;
const STALLED_INTERVAL = 1500;
/** Milliseconds a process waits for ticks before it looks again: one that another process was about to take is taken then. */
const POLL_INTERVAL = 500;
/** How often a process tells of its jobs while their schedules are kept. */
const DECLARATIONS_PER_RETENTION = 6;
/** A tick this late, in milliseconds, lost what was to follow it. */
const OVERDUE_AFTER = 15_000;
const MAX_TICK_AGE = 60_000;
/** How long closing may take once no run is under way here, or beyond the deadline, in milliseconds. */
const CLOSE_TIMEOUT = 1000;
/** Ticks under way at a time, those included that wait for the run before them. */
const CONCURRENCY = 100;

export interface BullMqSchedulerOptions {
  readonly bullmq: typeof BullMq;
  readonly cron: Cron;
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly clock: Clock;
  readonly report: JobListener;
  readonly locks: RedisJobLocks;
  /** How long after the last process that had a job its schedule is kept, in milliseconds. */
  readonly retention: number;
}

/** The ticks of a fleet: job schedulers of BullMQ, all in one queue. */
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
      connection: options.redis.client as BullMq.ConnectionOptions,
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
        // A run that ends its process must not end one after another for ever.
        maxStalledCount: 5,
        drainDelay: POLL_INTERVAL / 1000,
        runRetryDelay: POLL_INTERVAL,
      },
    );
    this.#worker.on('error', (error) => this.#rest(error));
    void this.#keepDeclared();
  }

  async stop(deadline: AbortSignal): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    this.#cancelRest();
    const closing = Promise.allSettled([this.#worker?.close(), this.queue.close()]);
    const isLate = new Promise<void>((resolve) => {
      if (deadline.aborted) resolve();
      else deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    // While Redis is away closing would wait for it, although nothing is left to wait for.
    await Promise.race([closing, Promise.race([isLate, this.#idle()]).then(() => delay(CLOSE_TIMEOUT))]);
    await endLockRenewal(this.#worker);
  }

  /** Resolves when no tick is under way in this process. */
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
    // What failed has had its retries; what was stopped with its process, another one begins again.
    throw new this.#options.bullmq.UnrecoverableError(run.error ?? run.result);
  }

  /** Another deployment's job is for its processes. */
  async #passOn(tick: BullMq.Job, token: string | undefined): Promise<string> {
    const now = Date.now();
    if (now - tick.timestamp - tick.delay > MAX_TICK_AGE) return 'nobody has this job any more';
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

  /** Has every schedule that counts in Redis, and none that nobody has. */
  async #declare(): Promise<void> {
    // Asked for first: whose schedule is among them has told of it before.
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

  /** BullMQ asks again at once what Redis refuses at once, and then nothing else in this process gets its turn. */
  #rest(error: unknown): void {
    this.#trouble(error);
    const worker = this.#worker;
    if (worker === undefined || worker.isPaused() || this.#isStopped) return;
    worker.pause(true).catch((fault: unknown) => this.#trouble(fault));
    this.#cancelRest = this.#options.clock.after(POLL_INTERVAL, () => void worker.resume());
  }

  /** Says what BullMQ and its client say with the code, the server and the advice that every error of ours has. */
  #asOurs(error: unknown): unknown {
    if (error instanceof LarderError) return error;
    const { problem } = this.#options.redis;
    if (problem !== undefined) return new LarderRedisError('unavailable', problem);
    const text = error instanceof Error ? error.message : String(error);
    return new LarderJobError(`BullMQ failed: ${text}. It tries again by itself; see what Redis says if this goes on.`);
  }

  #trouble(error: unknown): false {
    if (!this.#isStopped) this.#options.report({ type: 'trouble', name: undefined, error: this.#asOurs(error) });
    return false;
  }
}

/** By the schedule that stands in the tick itself: it may be another deployment's. */
function nextTick(cron: Cron) {
  return (after: number, { pattern = '' }: BullMq.RepeatOptions): number => Schedule.parse(pattern, cron).next(after);
}

/** BullMQ renews locks until its worker has closed, which a run that hangs prevents: its timer would keep this process alive. */
async function endLockRenewal(worker: BullMq.Worker | undefined): Promise<void> {
  const { lockManager } = (worker ?? {}) as { readonly lockManager?: Partial<BullMq.LockManager> };
  await lockManager?.close?.();
}
