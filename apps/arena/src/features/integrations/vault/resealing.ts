import { Inject, Injectable, Logger } from '@nestjs/common';
import { and, eq, gt, isNotNull, sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { connectedAccounts as accounts } from '../account.tables.js';
import { Seals } from './seals.js';
import { SealBroken } from './token-vault.js';

const BATCH_SIZE = 500;

/** Seals tokens again with the newest key, so that older keys can be removed. */
@Injectable()
export class Resealing {
  private readonly logger = new Logger(Resealing.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly seals: Seals,
  ) {}

  async run(): Promise<void> {
    let last = '0';
    for (;;) {
      const rows = await this.database
        .select()
        .from(accounts)
        .where(and(gt(accounts.id, last), isNotNull(accounts.accessToken)))
        .orderBy(accounts.id)
        .limit(BATCH_SIZE);
      for (const row of rows) await this.reseal(row);
      const end = rows.at(-1);
      if (end === undefined) return;
      last = end.id;
    }
  }

  /** Skips a row that a refresh has changed meanwhile: that sealed it with the newest key. */
  private async reseal(row: typeof accounts.$inferSelect): Promise<void> {
    try {
      const renewed = this.seals.renewed(row);
      if (renewed === undefined) return;
      await this.database
        .update(accounts)
        .set(renewed)
        .where(and(eq(accounts.id, row.id), sql`${accounts.accessToken} = ${row.accessToken}`));
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      this.logger.error(`Account ${row.id}: ${error.message}`);
    }
  }
}
