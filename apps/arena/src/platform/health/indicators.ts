import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Cache, SharedRedis } from 'nest-larder';
import { ChangeFeed } from 'nest-larder/change-feed';
import { Jobs } from 'nest-larder/jobs';
import { Broadcaster } from 'nest-larder/realtime';
import { DatabaseIndicator } from './database-indicator.js';

/** From so many runs in a row that did not succeed on, a job is said to fail. */
const FAILURES = 3;

/** How each part of arena is. */
@Injectable()
export class Indicators {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly cache: Cache,
    private readonly redis: SharedRedis,
    private readonly changeFeed: ChangeFeed,
    private readonly jobs: Jobs,
    private readonly broadcaster: Broadcaster<object>,
    private readonly database: DatabaseIndicator,
  ) {}

  readonly all = [
    () => this.ofRedis(),
    () => this.database.check(),
    () => this.ofJournal(),
    () => this.ofChangeFeed(),
    () => this.ofJobs(),
    () => this.ofSockets(),
  ];

  private async ofRedis() {
    const indicator = this.health.check('redis');
    if (this.redis.address === undefined) return indicator.up({ configured: false });
    const { current } = await this.cache.health();
    return current ? indicator.up() : indicator.down('Redis does not answer; this arena goes on without the others.');
  }

  private async ofJournal() {
    const indicator = this.health.check('journal');
    const { current, journalLag, settled, deliveryLag } = await this.cache.health();
    const lag = Number.isFinite(journalLag) ? Math.round(journalLag) : null;
    const state = { lag, settled, deliveryLag };
    return current && settled ? indicator.up(state) : indicator.down(state);
  }

  /** Down where changes that others make to the database are not, or not all, seen. */
  private async ofChangeFeed() {
    const indicator = this.health.check('changeFeed');
    const { state, lag, gaps } = this.changeFeed.status();
    const told = { state, lag: lag === undefined ? null : Math.round(lag), gaps: gaps.length };
    return state === 'waiting' || gaps.length > 0 ? indicator.down(told) : indicator.up(told);
  }

  /** Down where a job fails again and again, or is not run at all. */
  private async ofJobs() {
    const indicator = this.health.check('jobs');
    try {
      const jobs = await this.jobs.list();
      const failing = jobs.filter(({ consecutiveFailures }) => consecutiveFailures >= FAILURES).map(({ name }) => name);
      const overdue = jobs.filter(({ overdueSince }) => overdueSince !== undefined).map(({ name }) => name);
      const state = { jobs: jobs.map(({ name }) => name), failing, overdue };
      return failing.length + overdue.length > 0 ? indicator.down(state) : indicator.up(state);
    } catch {
      return indicator.down('What is known of jobs cannot be read.');
    }
  }

  private async ofSockets() {
    return this.health.check('sockets').up({ connected: this.broadcaster.sockets });
  }
}
