import { sql } from 'drizzle-orm';
import { index, integer, pgEnum, pgSequence, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, ownId } from '../../platform/database/columns.js';
import { users } from '../sign-in/users/user.tables.js';

export const accountIds = pgSequence('connected_account_ids');

/** `reconnect`: the provider rejects the tokens, or none are stored; only the user can repair this.
 * @public drizzle-kit finds what is exported. */
export const accountStatus = pgEnum('account_status', ['connected', 'reconnect']);

/** Provider accounts that users have connected. Both tokens are sealed (`TokenVault`). */
export const connectedAccounts = pgTable(
  'connected_accounts',
  {
    id: ownId(accountIds),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    provider: text('provider').notNull(),
    /** The account's id at the provider. */
    accountId: text('account_id').notNull(),
    accountName: text('account_name').notNull(),
    status: accountStatus('status').notNull().default('connected'),
    scope: text('scope'),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    /** When the access token expires, if known. */
    expiresAt: instant('expires_at'),
    createdAt: createdAt(),
    refreshedAt: instant('refreshed_at'),
    /** The last refresh failure, the number of failures since the last success, and the earliest next attempt. */
    failure: text('failure'),
    failures: integer('failures').notNull().default(0),
    retryAt: instant('retry_at'),
    /** The owner of the refresh claim; no other process may refresh until `retryAt`. */
    refreshBy: text('refresh_by'),
    /** When this refresh token was first sent, while the result is unknown. */
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

/** Connections in progress. The state and the browser secret are stored as hashes, the code verifier is sealed. */
export const begunConnections = pgTable('begun_connections', {
  stateHash: text('state_hash').primaryKey(),
  browserHash: text('browser_hash').notNull(),
  userId: id('user_id')
    .notNull()
    .references(() => users.id),
  provider: text('provider').notNull(),
  codeVerifier: text('code_verifier').notNull(),
  expiresAt: instant('expires_at').notNull().default(sql`now() + interval '10 minutes'`),
});
