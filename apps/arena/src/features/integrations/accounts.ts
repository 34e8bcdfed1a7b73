import { HttpStatus, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, eq, sql } from 'drizzle-orm';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { connectedAccounts } from './account.tables.js';
import { integrationKeys } from './integration.keys.js';
import type { ConnectedAccount } from './integration.schemas.js';
import type { Provider } from './provider/provider.js';
import type { Grant, ProviderAccount } from './provider/provider-calls.js';
import { Seals } from './vault/seals.js';

/** The columns that may be shown: all but the tokens. */
const columns = {
  provider: connectedAccounts.provider,
  accountId: connectedAccounts.accountId,
  accountName: connectedAccounts.accountName,
  status: connectedAccounts.status,
  connectedAt: connectedAccounts.createdAt,
  expiresAt: connectedAccounts.expiresAt,
  refreshedAt: connectedAccounts.refreshedAt,
  failure: connectedAccounts.failure,
  retryAt: connectedAccounts.retryAt,
};

/** A removed account, and a token to revoke at the provider, if one can be read. */
export interface RemovedAccount {
  readonly token: string | undefined;
}

/** Connected accounts in the database. Every query names the user. */
@Injectable()
export class Accounts {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly seals: Seals,
  ) {}

  async list(userId: string): Promise<ConnectedAccount[]> {
    const rows = await this.database
      .select(columns)
      .from(connectedAccounts)
      .where(eq(connectedAccounts.userId, userId))
      .orderBy(connectedAccounts.provider, connectedAccounts.accountId);
    return rows.map(({ connectedAt, expiresAt, refreshedAt, failure, retryAt, ...account }) => ({
      ...account,
      connectedAt: connectedAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
      refreshedAt: refreshedAt?.toISOString() ?? null,
      problem: failure === null ? null : { reason: failure, retryAt: retryAt?.toISOString() ?? null },
    }));
  }

  /**
   * Stores the tokens of an account. For an account that is already connected it replaces the tokens, and the result of a
   * refresh in progress is dropped. A user may have several accounts of one provider.
   *
   * @throws Problem if another user has connected this account
   */
  @CacheInvalidate({ targets: (userId: string) => [integrationKeys.list(userId)] })
  async connect(userId: string, { name: provider }: Provider, account: ProviderAccount, grant: Grant): Promise<void> {
    const owner = { userId, provider, accountId: account.accountId };
    const given = {
      accountId: account.accountId,
      accountName: account.accountName,
      status: 'connected' as const,
      scope: grant.scope ?? null,
      ...this.seals.seal(owner, grant),
      expiresAt: endOf(grant),
      failure: null,
      failures: 0,
      retryAt: null,
      refreshBy: null,
      askedAt: null,
    };
    const kept = await this.database
      .insert(connectedAccounts)
      .values({ ...owner, ...given })
      .onConflictDoUpdate({
        target: [connectedAccounts.provider, connectedAccounts.accountId],
        set: given,
        setWhere: eq(connectedAccounts.userId, userId),
      })
      .returning({ id: connectedAccounts.id });
    if (kept.length === 0) throw accountTaken(account, provider);
  }

  /** The ids of a user's accounts of a provider. */
  async idsOf(userId: string, provider: string): Promise<string[]> {
    const rows = await this.database
      .select({ accountId: connectedAccounts.accountId })
      .from(connectedAccounts)
      .where(and(eq(connectedAccounts.userId, userId), eq(connectedAccounts.provider, provider)));
    return rows.map(({ accountId }) => accountId);
  }

  /** @throws NotFoundException */
  @CacheInvalidate({ targets: (userId: string) => [integrationKeys.list(userId)] })
  async disconnect(userId: string, provider: string, accountId: string): Promise<RemovedAccount> {
    const [removed] = await this.database
      .delete(connectedAccounts)
      .where(
        and(
          eq(connectedAccounts.userId, userId),
          eq(connectedAccounts.provider, provider),
          eq(connectedAccounts.accountId, accountId),
        ),
      )
      .returning();
    if (removed === undefined)
      throw new NotFoundException(`You have no account '${accountId}' of ${provider} connected.`);
    return { token: this.seals.anyOf(removed) };
  }
}

/** Computed by the database's clock, with which every query compares it. */
export function endOf({ expiresIn }: Grant) {
  return expiresIn === undefined ? null : sql`now() + ${expiresIn} * interval '1 second'`;
}

function accountTaken({ accountName }: ProviderAccount, provider: string): Problem {
  const detail = `Another user has connected the account '${accountName}' of ${provider}.`;
  return new Problem(HttpStatus.CONFLICT, 'account-taken', detail);
}
