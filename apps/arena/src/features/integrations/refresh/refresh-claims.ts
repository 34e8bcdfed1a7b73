import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { and, eq, sql } from 'drizzle-orm';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { pagesWithNew } from '../../notifications/notification.keys.js';
import type { Notification } from '../../notifications/notification.schemas.js';
import { Notifications } from '../../notifications/notifications.js';
import { connectedAccounts as accounts } from '../account.tables.js';
import { endOf } from '../accounts.js';
import { integrationKeys } from '../integration.keys.js';
import type { Provider } from '../provider/provider.js';
import { type Grant, PROVIDER_TIMEOUT } from '../provider/provider-calls.js';
import type { ProviderFault } from '../provider/provider-fault.js';
import { type Owner, Seals } from '../vault/seals.js';

/** How long keeping an answer may take after the call, in milliseconds. */
const TO_KEEP = 2_000;
/** Waits after failures, doubling from the first to the last, in milliseconds. */
const MIN_RETRY_DELAY = 15_000;
const MAX_RETRY_DELAY = 3_600_000;

/** The claim of one process to refresh one account: for its duration nobody else sends the refresh token. */
export interface RefreshClaim extends Owner {
  readonly id: string;
  readonly by: string;
  /** Sealed. */
  readonly refreshToken: string;
  /** When this refresh token was first sent by somebody who does not know what came of it: how long ago, in milliseconds. */
  readonly doubtFor: number | undefined;
  readonly failures: number;
  /** When it was taken, by the clock of `performance.now()`. */
  readonly takenAt: number;
}

/**
 * Who refreshes which account, written down before the provider is asked. A provider that rotates has made the old token
 * worthless once it has answered; so that it was asked must outlive the process that asked, and what it answered is
 * written before anything else is done.
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
   * Claims the refresh of an account, until the timeout of the call and a little more.
   *
   * @param asked whether a user asked: then waits after failures count only where the provider asked for them, or where
   *   what it did is not known
   * @returns nothing if another process has the claim, or too early
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
        // Nobody else until then; and should this process die, whoever comes then.
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
    // Instants are kept to the millisecond; no other process had a claim for less than two seconds.
    return { ...account, by, takenAt, refreshToken: refreshToken as string, doubtFor: age > 1_000 ? age : undefined };
  }

  /** Keeps what the provider answered. @returns whether the claim still held */
  @CacheInvalidate({ targets: ({ userId }: RefreshClaim) => [integrationKeys.list(userId)] })
  async keep(claim: RefreshClaim, grant: Grant): Promise<boolean> {
    const { accessToken, refreshToken } = this.seals.seal(claim, grant);
    const kept = await this.database
      .update(accounts)
      .set({
        accessToken,
        // Who does not rotate may answer none: the old one stays good.
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

  /** Gives the claim back after a failure, and says when the next may be. */
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
              // While the old token may be sent again, as soon as possible; else when there is nothing left to lose by it.
              retryAt: sql`case when ${isRepeatable(provider, sql`now() + ${soon}`)}
                then now() + ${soon} else greatest(${accounts.expiresAt}, now() + ${wait}) end`,
            }
          : { askedAt: null, retryAt: sql`now() + ${wait}` }),
      })
      .where(isClaim(claim));
  }

  /**
   * Gives up an account that the provider accepts no more, and tells its user, in one transaction.
   *
   * @returns what the user was told; nothing if the claim did not hold any more
   */
  @CacheInvalidate({ targets: ({ userId }: RefreshClaim) => [integrationKeys.list(userId), ...pagesWithNew(userId)] })
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
        body: `${name} accepts arena no more for your account ${given.accountName}. Connect it again.`,
      });
    });
  }
}

function isClaim({ id, by }: RefreshClaim) {
  return and(eq(accounts.id, id), eq(accounts.refreshBy, by));
}

/** Whether the provider takes the refresh token at that moment though it may have answered to it already. */
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
