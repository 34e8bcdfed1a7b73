import { Inject, Injectable, Logger } from '@nestjs/common';
import { gt, sql } from 'drizzle-orm';
import { Cacheable } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { lookKeys } from './call-centre.keys.js';
import { dashboardLooks } from './calls/call.tables.js';

/** Covers a weekend, so that Monday's dashboards are warm too. */
const ACTIVE_FOR = '3 days';

/** Users who opened their dashboard recently. Stored in the database, so that every process knows them, also after a restart. */
@Injectable()
export class ActiveUsers {
  private readonly logger = new Logger(ActiveUsers.name);

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Records that a user opened their dashboard, without delaying the response. */
  looked(userId: string): void {
    this.note(userId).catch((error) => this.logger.warn(`A dashboard visit was not recorded: ${error}`));
  }

  /** Users who opened their dashboard within {@link ACTIVE_FOR}, the latest first. */
  async list(): Promise<string[]> {
    const rows = await this.database
      .select({ userId: dashboardLooks.userId })
      .from(dashboardLooks)
      .where(gt(dashboardLooks.lookedAt, sql`now() - ${ACTIVE_FOR}::interval`))
      .orderBy(sql`${dashboardLooks.lookedAt} desc`);
    return rows.map(({ userId }) => userId);
  }

  /** Writes at most once an hour for each user, in all processes together: the cached result stands for the write. */
  @Cacheable({ key: lookKeys.of, ttl: '1h' })
  async note(userId: string): Promise<boolean> {
    await this.database.execute(sql`
      insert into ${dashboardLooks} (user_id) select id from users where id = ${userId}
      on conflict (user_id) do update set looked_at = excluded.looked_at`);
    return true;
  }
}
