import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Job, type JobContext } from 'nest-larder';
import { Connecting } from './connect/connecting.js';
import { failuresOf } from './refresh/report.js';
import { type Report, TokenRefresh } from './refresh/token-refresh.js';
import { Resealing } from './vault/resealing.js';

/** Periodic jobs of connected accounts. */
@Injectable()
export class IntegrationsUpkeep implements OnApplicationBootstrap {
  private readonly logger = new Logger(IntegrationsUpkeep.name);

  constructor(
    private readonly refresh: TokenRefresh,
    private readonly connecting: Connecting,
    private readonly resealing: Resealing,
  ) {}

  /** Finishes refreshes that a dead process left open. */
  onApplicationBootstrap(): void {
    this.refresh.inDoubt().then(
      (report) => this.tell(report),
      (error) => this.logger.warn(`Open refreshes are retried in a few seconds: ${error}`),
    );
  }

  @Job({ name: 'refresh-tokens', every: '1m', timeout: '5m' })
  async refreshTokens({ signal }: JobContext): Promise<void> {
    this.tell(await this.refresh.expiringSoon(signal));
  }

  /** Every 5 s: providers accept a replaced refresh token again only for seconds. */
  @Job({ name: 'finish-refreshes', every: '5s', timeout: '5m' })
  async finishRefreshes({ signal }: JobContext): Promise<void> {
    this.tell(await this.refresh.inDoubt(signal));
  }

  @Job({ name: 'tidy-integrations', cron: '30 3 * * *', timeZone: 'Europe/Berlin', retries: 2, timeout: '5m' })
  async tidy(): Promise<void> {
    await this.connecting.forgetExpired();
    await this.resealing.run();
  }

  private tell(report: Report): void {
    const { done, failed, skipped } = report;
    if (failed.length + skipped.length === 0) return;
    const total = done.length + failed.length + skipped.length;
    this.logger.warn(`Of ${total} accounts ${failed.length} could not be refreshed (${failuresOf(report)})`);
  }
}
