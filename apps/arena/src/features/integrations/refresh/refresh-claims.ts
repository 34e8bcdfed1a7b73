import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { and, eq, sql } from 'drizzle-orm';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import type { Notification } from '../../notifications/notification.schemas.js';
import { Notifications } from '../../notifications/notifications.js';
import { connectedAccounts as accounts } from '../account.tables.js';
import { endOf } from '../accounts.js';
import { integrationKeys } from '../integration.keys.js';
import type { Provider } from '../provider/provider.js';
import { type Grant, PROVIDER_TIMEOUT } from '../provider/provider-calls.js';
import type { ProviderFault } from '../provider/provider-fault.js';
import { type Owner, Seals } from '../vault/seals.js';

/** Time to store the provider's response after the call, in milliseconds. */
const TO_KEEP = 2_000;
/** Delays after failures, doubling from the first to the last, in milliseconds. */
const MIN_RETRY_DELAY = 15_000;
const MAX_RETRY_DELAY = 3_600_000;

/** One process's claim to refresh an account: while it lasts, no other process sends the refresh token. */
export interface RefreshClaim extends Owner {
  readonly id: string;
  readonly by: string;
  /** Sealed. */
  readonly refreshToken: string;
  /** Milliseconds since an earlier attempt sent this refresh token without recording a result; undefined if none did. */
  readonly doubtFor: number | undefined;
  readonly failures: number;
  /** When the claim was taken, by the clock of `performance.now()`. */
  readonly takenAt: number;
}

/**
 * Claims on the refresh of accounts, stored before the provider is called. A rotating provider invalidates the old token when
 * it responds. The record of the call must therefore outlive the process that made it, and the response is stored first.
 */
@Injectable()
export class RefreshClaims {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PROVIDER_TIMEOUT) private readonly timeout: number,
    private readonly seals: Seals,
    private readonly notifications: Notifications,
  ) {}

  /**
   * Claims the refresh of an account for the timeout of the call and {@link TO_KEEP}.
   *
   * @param asked whether a user requested it: then the delay after a failure applies only if the provider asked for it, or
   *   if the result of the last attempt is unknown
   * @returns undefined if another process has the claim, or the next attempt is not due
   */
  async take(id: string, provider: Provider, asked: boolean): Promise<RefreshClaim | undefined> {
    const [by, takenAt] = [randomUUID(), performance.now()];
    const lease = inMilliseconds(this.timeout + TO_KEEP);
    const hasWaited = sql`(${accounts.retryAt} is null or ${accounts.retryAt} <= now())`;
    const mayTry = asked
      ? sql`(${hasWaited} or (${accounts.askedAt} is null and ${accounts.failure} not in ('rate-limited', 'unavailable')))`
      : hasWaited;
    const [row] = await this.database
      .update(accounts)
      .set({
        refreshBy: by,
        askedAt: sql`coalesce(${accounts.askedAt}, now())`,
        // The end of the lease: if this process dies, any other may take the claim then.
        retryAt: sql`case when ${isRepeatable(provider, sql`now() + ${lease}`)}
          then now() + ${lease} else greatest(${accounts.expiresAt}, now() + ${lease}) end`,
      })
      .where(
        and(eq(accounts.id, id), eq(accounts.status, 'connected'), sql`${accounts.refreshToken} is not null`, mayTry),
      )
      .returning({
        id: accounts.id,
        userId: accounts.userId,
        provider: accounts.provider,
        accountId: accounts.accountId,
        refreshToken: accounts.refreshToken,
        failures: accounts.failures,
        age: sql<number>`extract(epoch from now() - ${accounts.askedAt})::float * 1000`,
      });
    if (row === undefined) return undefined;
    const { age, refreshToken, ...account } = row;
    // `age` is above zero for a claim of this call too. An older claim lasted at least two seconds.
    return { ...account, by, takenAt, refreshToken: refreshToken as string, doubtFor: age > 1_000 ? age : undefined };
  }

  /** Stores the provider's response. @returns whether the claim was still valid */
  @CacheInvalidate({ targets: ({ userId }: RefreshClaim) => [integrationKeys.list(userId)] })
  async keep(claim: RefreshClaim, grant: Grant): Promise<boolean> {
    const { accessToken, refreshToken } = this.seals.seal(claim, grant);
    const kept = await this.database
      .update(accounts)
      .set({
        accessToken,
        // A provider that does not rotate may omit the refresh token: the old one stays valid.
        ...(refreshToken !== null && { refreshToken }),
        ...(grant.scope !== undefined && { scope: grant.scope }),
        expiresAt: endOf(grant),
        refreshedAt: sql`now()`,
        failure: null,
        failures: 0,
        retryAt: null,
        refreshBy: null,
        askedAt: null,
      })
      .where(isClaim(claim))
      .returning({ id: accounts.id });
    return kept.length > 0;
  }

  /** Releases the claim after a failure and sets the next attempt. */
  @CacheInvalidate({ targets: ({ userId }: RefreshClaim) => [integrationKeys.list(userId)] })
  async giveBack(claim: RefreshClaim, provider: Provider, { kind, inDoubt, retryAfter }: ProviderFault): Promise<void> {
    const stillInDoubt = inDoubt || claim.doubtFor !== undefined;
    const wait = inMilliseconds(Math.max(retryAfter, waitAfter(claim.failures)));
    const soon = inMilliseconds(Math.max(retryAfter, 1_000 * Math.random()));
    await this.database
      .update(accounts)
      .set({
        failure: kind,
        failures: claim.failures + 1,
        refreshBy: null,
        ...(stillInDoubt
          ? {
              // Soon while the provider accepts the old token again; otherwise once the access token has expired.
              retryAt: sql`case when ${isRepeatable(provider, sql`now() + ${soon}`)}
                then now() + ${soon} else greatest(${accounts.expiresAt}, now() + ${wait}) end`,
            }
          : { askedAt: null, retryAt: sql`now() + ${wait}` }),
      })
      .where(isClaim(claim));
  }

  /**
   * Marks an account that the provider denied as `reconnect` and notifies its user, in one transaction.
   *
   * @returns the notification; undefined if the claim was not valid any more
   */
  @CacheInvalidate({ targets: ({ userId }: RefreshClaim) => [integrationKeys.list(userId)] })
  async giveUp(claim: RefreshClaim, provider: Provider, { kind }: ProviderFault): Promise<Notification | undefined> {
    return this.database.transaction(async (transaction) => {
      const [given] = await transaction
        .update(accounts)
        .set({
          status: 'reconnect',
          accessToken: null,
          refreshToken: null,
          failure: kind,
          failures: claim.failures + 1,
          retryAt: null,
          refreshBy: null,
          askedAt: null,
        })
        .where(isClaim(claim))
        .returning({ accountName: accounts.accountName });
      if (given === undefined) return undefined;
      const name = provider.title ?? provider.name;
      return this.notifications.tell(transaction, claim.userId, {
        title: 'Connect again',
        body: `${name} denied access to your account ${given.accountName}. Connect it again.`,
      });
    });
  }
}

function isClaim({ id, by }: RefreshClaim) {
  return and(eq(accounts.id, id), eq(accounts.refreshBy, by));
}

/** Whether at that time the provider still accepts a refresh token that it may have replaced. */
function isRepeatable({ refreshTokens, reuseWindow }: Provider, at: ReturnType<typeof sql>) {
  if (refreshTokens === 'reusable') return sql`true`;
  return sql`coalesce(${accounts.askedAt}, now()) + ${inMilliseconds(reuseWindow)} > ${at}`;
}

function inMilliseconds(milliseconds: number) {
  return sql`${Math.round(milliseconds)}::float * interval '1 millisecond'`;
}

function waitAfter(failures: number): number {
  return Math.min(MIN_RETRY_DELAY * 2 ** failures, MAX_RETRY_DELAY) * (0.5 + Math.random() / 2);
}
