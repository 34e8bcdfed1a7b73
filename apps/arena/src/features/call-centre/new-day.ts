import { Injectable } from '@nestjs/common';
import { CacheInvalidate, Job } from 'nest-larder';
import { dashboardKeys, performanceKeys } from './call-centre.keys.js';

/** Invalidates dashboards at midnight: the date changes, but no row does. */
@Injectable()
export class NewDay {
  @Job({ name: 'new-day', cron: '0 0 * * *', timeZone: 'UTC' })
  @CacheInvalidate({ targets: () => [dashboardKeys.all, performanceKeys.all] })
  async begin(): Promise<void> {}
}
