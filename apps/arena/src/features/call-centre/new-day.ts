import { Injectable } from '@nestjs/common';
import { CacheInvalidate, Job } from 'nest-larder';
import { dashboardKeys, performanceKeys } from './call-centre.keys.js';

/** Midnight changes what today is, and no row of any table. */
@Injectable()
export class NewDay {
  @Job({ name: 'new-day', cron: '0 0 * * *', timeZone: 'UTC' })
  @CacheInvalidate({ targets: () => [dashboardKeys.all, performanceKeys.all] })
  async begin(): Promise<void> {}
}
