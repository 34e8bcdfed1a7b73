import { Inject, Injectable } from '@nestjs/common';
import { Counter } from '../background/counters/counter.js';
import { Deadline } from '../background/deadlines/deadline.js';
import type { FleetPart } from '../background/fleet.js';
import { FleetLifecycle } from '../background/fleet-lifecycle.js';
import { Cache } from '../cache/cache.js';
import { ChangeFeed } from '../change-feed/change-feed.js';
import { Jobs } from '../jobs/jobs.js';
import { SharedRedis } from '../redis/shared-redis.js';
import {
  counterProblem,
  deadlineProblem,
  failingCounters,
  lateDeadlines,
  UNREADABLE_DEADLINES,
} from './background-health.js';
import { cacheProblem, journalProblem, redisProblem } from './cache-health.js';
import { feedProblem } from './feed-health.js';
import { type HealthResult, resultOf } from './indicator.js';
import { jobProblem, troubleOf, UNREADABLE_JOBS } from './job-health.js';

/**
 * The health of each part of Larder, for `HealthCheckService.check` of `@nestjs/terminus` or any other health check. Add it to
 * the providers of a module. No method rejects. A part that the application does not use is up.
 *
 * @example
 * ```ts
 * @Controller('health')
 * class HealthController {
 *   constructor(private readonly larder: LarderHealth) {}
 *
 *   @Get()
 *   async check() {
 *     return Object.assign({}, ...(await Promise.all(this.larder.all.map((part) => part()))));
 *   }
 * }
 * ```
 */
@Injectable()
export class LarderHealth {
  constructor(
    @Inject(Cache) private readonly ofCache: Cache,
    @Inject(SharedRedis) private readonly ofRedis: SharedRedis,
    @Inject(ChangeFeed) private readonly ofFeed: ChangeFeed,
    @Inject(Jobs) private readonly ofJobs: Jobs,
    @Inject(FleetLifecycle) private readonly fleet: { readonly parts: readonly FleetPart[] },
  ) {}

  /** One function per part, each under its default key. */
  readonly all: readonly (() => Promise<HealthResult>)[] = [
    () => this.cache(),
    () => this.redis(),
    () => this.journal(),
    () => this.changeFeed(),
    () => this.jobs(),
    () => this.counters(),
    () => this.deadlines(),
  ];

  /** Down after the cache was closed. */
  async cache(key = 'cache'): Promise<HealthResult> {
    const { closed } = await this.ofCache.health();
    return resultOf(key, {}, cacheProblem(closed));
  }

  /** Down while Redis cannot be used. The process still serves requests. */
  async redis(key = 'redis'): Promise<HealthResult> {
    if (this.ofRedis.address === undefined) return resultOf(key, { configured: false });
    return resultOf(key, {}, redisProblem(await this.ofCache.health()));
  }

  /** Down while invalidations of other processes do not arrive here, or those of this process wait. Times in milliseconds. */
  async journal(key = 'journal'): Promise<HealthResult> {
    const health = await this.ofCache.health();
    const { journalLag, settled, deliveryLag } = health;
    const lag = Number.isFinite(journalLag) ? Math.round(journalLag) : null;
    return resultOf(key, { lag, settled, deliveryLag: Math.round(deliveryLag) }, journalProblem(health));
  }

  /** Down while the feed cannot read, lags by more than 30 s, or its triggers do not log all changes. */
  async changeFeed(key = 'changeFeed'): Promise<HealthResult> {
    const status = this.ofFeed.status();
    const { state, lag, gaps } = status;
    const figures = { state, lag: lag === undefined ? null : Math.round(lag), gaps: gaps.length };
    return resultOf(key, figures, feedProblem(status));
  }

  /** Down while a job that is not paused has failed three times in a row, or is overdue. Asks Redis. */
  async jobs(key = 'jobs'): Promise<HealthResult> {
    try {
      const jobs = await this.ofJobs.list();
      const trouble = troubleOf(jobs);
      return resultOf(key, { jobs: jobs.map(({ name }) => name), ...trouble }, jobProblem(trouble));
    } catch {
      return resultOf(key, {}, UNREADABLE_JOBS);
    }
  }

  /** Down while a counter of this process has failed to write three times in a row. */
  async counters(key = 'counters'): Promise<HealthResult> {
    const all = this.fleet.parts.filter((part) => part instanceof Counter).map((counter) => counter.status());
    const failing = failingCounters(all);
    const waiting = all.reduce((sum, counter) => sum + counter.waiting, 0);
    return resultOf(key, { counters: all.map(({ name }) => name), waiting, failing }, counterProblem(failing));
  }

  /** Down while ids expire more than two intervals and 30 s late, or expiring has failed three times in a row. Asks Redis. */
  async deadlines(key = 'deadlines'): Promise<HealthResult> {
    try {
      const deadlines = this.fleet.parts.filter((part) => part instanceof Deadline);
      const all = await Promise.all(deadlines.map((deadline) => deadline.status()));
      const late = lateDeadlines(all);
      return resultOf(key, { deadlines: all.map(({ name }) => name), late }, deadlineProblem(late));
    } catch {
      return resultOf(key, {}, UNREADABLE_DEADLINES);
    }
  }
}
