import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Cache, SharedRedis } from 'nest-larder';
import { ChangeFeed } from 'nest-larder/change-feed';
import { Jobs } from 'nest-larder/jobs';
import { Broadcaster } from 'nest-larder/realtime';
import { DatabaseIndicator } from './database-indicator.js';

/** How many consecutive failures make a job count as failing. */
const FAILURES = 3;

/** The health of each part of arena. */
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
    return current
      ? indicator.up()
      : indicator.down('Redis does not respond; this process serves requests without the others.');
  }

  private async ofJournal() {
    const indicator = this.health.check('journal');
    const { current, journalLag, settled, deliveryLag } = await this.cache.health();
    const lag = Number.isFinite(journalLag) ? Math.round(journalLag) : null;
    const state = { lag, settled, deliveryLag };
    return current && settled ? indicator.up(state) : indicator.down(state);
  }

  /** Down if the feed cannot read, or its triggers do not log all changes. */
  private async ofChangeFeed() {
    const indicator = this.health.check('changeFeed');
    const { state, lag, gaps } = this.changeFeed.status();
    const told = { state, lag: lag === undefined ? null : Math.round(lag), gaps: gaps.length };
    return state === 'waiting' || gaps.length > 0 ? indicator.down(told) : indicator.up(told);
  }

  /** Down if a job fails repeatedly, or is overdue. */
  private async ofJobs() {
    const indicator = this.health.check('jobs');
    try {
      const jobs = await this.jobs.list();
      const failing = jobs.filter(({ consecutiveFailures }) => consecutiveFailures >= FAILURES).map(({ name }) => name);
      const overdue = jobs.filter(({ overdueSince }) => overdueSince !== undefined).map(({ name }) => name);
      const state = { jobs: jobs.map(({ name }) => name), failing, overdue };
      return failing.length + overdue.length > 0 ? indicator.down(state) : indicator.up(state);
    } catch {
      return indicator.down('The status of jobs cannot be read.');
    }
  }

  private async ofSockets() {
    return this.health.check('sockets').up({ connected: this.broadcaster.sockets });
  }
}
