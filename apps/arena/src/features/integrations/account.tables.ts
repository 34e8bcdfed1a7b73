import { sql } from 'drizzle-orm';
import { index, integer, pgEnum, pgSequence, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, ownId } from '../../platform/database/columns.js';
import { users } from '../sign-in/users/user.tables.js';

export const accountIds = pgSequence('connected_account_ids');

/** `reconnect`: the provider takes the tokens no more, or there are none; only the user can change that.
 * @public drizzle-kit finds what is exported. */
export const accountStatus = pgEnum('account_status', ['connected', 'reconnect']);

/** Accounts that users have elsewhere. Both tokens are sealed (`TokenVault`). */
export const connectedAccounts = pgTable(
  'connected_accounts',
  {
    id: ownId(accountIds),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    provider: text('provider').notNull(),
    /** What the provider knows the account by. */
    accountId: text('account_id').notNull(),
    accountName: text('account_name').notNull(),
    status: accountStatus('status').notNull().default('connected'),
    scope: text('scope'),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    /** When the access token ends, if that is known. */
    expiresAt: instant('expires_at'),
    createdAt: createdAt(),
    refreshedAt: instant('refreshed_at'),
    /** Why the last refresh failed, how many have since one succeeded, and when the next may be tried. */
    failure: text('failure'),
    failures: integer('failures').notNull().default(0),
    retryAt: instant('retry_at'),
    /** Who refreshes it now; until `retryAt` nobody else may. */
    refreshBy: text('refresh_by'),
    /** When this refresh token was first sent, as long as nobody knows what the provider made of it. */
    askedAt: instant('asked_at'),
  },
  (account) => [
    uniqueIndex('connected_accounts_of_provider').on(account.provider, account.accountId),
    index('connected_accounts_of_user').on(account.userId, account.provider),
    index('connected_accounts_by_expiry')
      .on(account.expiresAt)
      .where(sql`${account.status} = 'connected' and ${account.refreshToken} is not null`),
    index('connected_accounts_in_doubt').on(account.askedAt).where(sql`${account.askedAt} is not null`),
  ],
);

/** Connections that were begun: what a browser must bring back from the provider. Neither secret can be read here. */
export const begunConnections = pgTable('begun_connections', {
  stateHash: text('state_hash').primaryKey(),
  browserHash: text('browser_hash').notNull(),
  userId: id('user_id')
    .notNull()
    .references(() => users.id),
  provider: text('provider').notNull(),
  /** Sealed. */
  codeVerifier: text('code_verifier').notNull(),
  expiresAt: instant('expires_at').notNull().default(sql`now() + interval '10 minutes'`),
});
