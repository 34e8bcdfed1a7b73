import { Inject, Injectable, Logger } from '@nestjs/common';
import { gt, sql } from 'drizzle-orm';
import { Cacheable } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { lookKeys } from './call-centre.keys.js';
import { dashboardLooks } from './calls/call.tables.js';

/** Long enough for a weekend, so that Monday's dashboards are there as well. */
const ACTIVE_FOR = '3 days';

/** Who looks at their dashboard: written to the database, so that all processes know, and those that start later. */
@Injectable()
export class ActiveUsers {
  private readonly logger = new Logger(ActiveUsers.name);

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Notes it without keeping anybody waiting. */
  looked(userId: string): void {
    this.note(userId).catch((error) => this.logger.warn(`A look was not written down: ${error}`));
  }

  /** Those who looked in the last three days, the latest first. */
  async list(): Promise<string[]> {
    const rows = await this.database
      .select({ userId: dashboardLooks.userId })
      .from(dashboardLooks)
      .where(gt(dashboardLooks.lookedAt, sql`now() - ${ACTIVE_FOR}::interval`))
      .orderBy(sql`${dashboardLooks.lookedAt} desc`);
    return rows.map(({ userId }) => userId);
  }

  /** Once an hour for each user, whichever process they reach: that it was written is cached as if it had been read. */
  @Cacheable({ key: lookKeys.of, ttl: '1h' })
  async note(userId: string): Promise<boolean> {
    await this.database.execute(sql`
      insert into ${dashboardLooks} (user_id) select id from users where id = ${userId}
      on conflict (user_id) do update set looked_at = excluded.looked_at`);
    return true;
  }
}
