import { Inject, Injectable, Logger } from '@nestjs/common';
import { gt, sql } from 'drizzle-orm';
import { type CounterBatch, defineCounter } from 'nest-larder';
import { DATABASE, type Database } from '../database/database.js';
import { dashboardLooks } from './call.tables.js';

/** Long enough for a weekend, so that Monday's dashboards are there as well. */
const ACTIVE_FOR = '3 days';

/**
 * Who looks at their dashboard. Noted at every look, written to the database every five seconds: so all processes know, and
 * those that start later.
 */
@Injectable()
export class ActiveUsers {
  private readonly logger = new Logger(ActiveUsers.name);
  private readonly looks = defineCounter({
    name: 'dashboard-looks',
    flushEvery: '5s',
    write: (batch) => this.write(batch),
    onError: (error) => this.logger.warn(`Looks wait to be written: ${error}`),
  });

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  looked(userId: string): void {
    void this.looks.add(userId);
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

  /** Written twice it says the same. */
  private async write({ counts }: CounterBatch): Promise<void> {
    const ids = sql.param(`{${[...counts.keys()].join(',')}}`);
    await this.database.execute(sql`
      insert into ${dashboardLooks} (user_id) select id from users where id = any(${ids}::bigint[])
      on conflict (user_id) do update set looked_at = excluded.looked_at`);
  }
}
