import { Inject, Injectable } from '@nestjs/common';
import { and, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { connectedAccounts as accounts } from '../account.tables.js';
import { Providers } from '../provider/provider.js';

/** Accounts of one run at most. */
const BATCH_SIZE = 500;
/** Tokens that expire within this time are refreshed. */
const SOON = '10 minutes';

/** The fields of an account that a refresh needs. */
export interface RefreshableAccount {
  readonly id: string;
  readonly provider: string;
  readonly accountId: string;
  readonly status: 'connected' | 'reconnect';
  readonly hasRefreshToken: boolean;
}

/** Selects accounts to refresh. */
@Injectable()
export class DueAccounts {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly providers: Providers,
  ) {}

  /** All accounts of a user, including those that cannot be refreshed. */
  async ofUser(userId: string): Promise<RefreshableAccount[]> {
    return this.select(eq(accounts.userId, userId));
  }

  /** Accounts whose tokens expire soon, the earliest first. */
  async expiringSoon(): Promise<RefreshableAccount[]> {
    return this.select(this.ready(sql`${accounts.expiresAt} < now() + ${SOON}::interval`));
  }

  /** Accounts with an unfinished refresh: the process that started it recorded no result. */
  async inDoubt(): Promise<RefreshableAccount[]> {
    return this.select(this.ready(isNotNull(accounts.askedAt)));
  }

  private ready(which: SQL) {
    return and(
      which,
      eq(accounts.status, 'connected'),
      isNotNull(accounts.refreshToken),
      inArray(accounts.provider, this.providers.names),
      sql`(${accounts.retryAt} is null or ${accounts.retryAt} <= now())`,
    );
  }

  private async select(which: SQL | undefined): Promise<RefreshableAccount[]> {
    if (this.providers.all.length === 0) return [];
    return this.database
      .select({
        id: accounts.id,
        provider: accounts.provider,
        accountId: accounts.accountId,
        status: accounts.status,
        hasRefreshToken: sql<boolean>`${accounts.refreshToken} is not null`,
      })
      .from(accounts)
      .where(which)
      .orderBy(accounts.expiresAt, accounts.id)
      .limit(BATCH_SIZE);
  }
}
