import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type BatchReport, runBatch } from 'nest-larder';
import { Places } from '../../../platform/calls/places.js';
import { retry } from '../../../platform/calls/retry.js';
import { delayOfDatabase, lossOfDatabase } from '../../../platform/http/problems/database-lost.js';
import { NotificationPush } from '../../notifications/notification-push.js';
import type { AccountReference } from '../integration.schemas.js';
import type { Provider } from '../provider/provider.js';
import { Providers } from '../provider/provider.js';
import { ProviderCalls } from '../provider/provider-calls.js';
import { ProviderFault } from '../provider/provider-fault.js';
import { Seals } from '../vault/seals.js';
import { SealBroken } from '../vault/token-vault.js';
import { DueAccounts, type RefreshableAccount } from './due-accounts.js';
import { NotRefreshed } from './not-refreshed.js';
import { type RefreshClaim, RefreshClaims } from './refresh-claims.js';

/** Refreshes that this process runs at the same time, for users and jobs together. */
const CONCURRENCY = 5;
/** Retries of storing a response while the database is unreachable: about a minute and a half; delays in milliseconds. */
const REPETITIONS = 20;
const MIN_WAIT = 50;
const MAX_WAIT = 5_000;
/** How long a user waits for a report, in milliseconds. */
const REPORT_TIMEOUT = 60_000;

export type Report = BatchReport<RefreshableAccount>;
/** With the accounts that the user named but does not have. */
export type UserReport = Report & { readonly unknown: readonly AccountReference[] };

/** Refreshes tokens before they expire, five accounts at a time. A failure does not stop the others. */
@Injectable()
export class TokenRefresh implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger(TokenRefresh.name);
  private readonly places = new Places(CONCURRENCY);
  private readonly running = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    private readonly due: DueAccounts,
    private readonly claims: RefreshClaims,
    private readonly calls: ProviderCalls,
    private readonly providers: Providers,
    private readonly seals: Seals,
    private readonly push: NotificationPush,
  ) {}

  /**
   * Refreshes accounts at the request of their user.
   *
   * @param named the accounts; all by default. One that the user does not have is reported as a failure.
   */
  async ofUser(userId: string, named: readonly AccountReference[] | undefined): Promise<UserReport> {
    const own = await this.due.ofUser(userId);
    const isNamed = (account: AccountReference) => named === undefined || named.some((name) => isSame(name, account));
    const report = await this.refresh(own.filter(isNamed), true, AbortSignal.timeout(REPORT_TIMEOUT));
    const unknown = distinct(named ?? []).filter((name) => !own.some((account) => isSame(name, account)));
    return { ...report, unknown };
  }

  /** Refreshes tokens that expire soon. */
  async expiringSoon(signal: AbortSignal): Promise<Report> {
    return this.refresh(await this.due.expiringSoon(), false, signal);
  }

  /** Repeats refreshes whose result is unknown. */
  async inDoubt(signal?: AbortSignal): Promise<Report> {
    return this.refresh(await this.due.inDoubt(), false, signal);
  }

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Stores running refreshes before the database is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  private async refresh(
    accounts: readonly RefreshableAccount[],
    asked: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Report> {
    return runBatch(accounts, (account) => this.places.run(() => this.track(this.one(account, asked))), {
      size: CONCURRENCY,
      ...(signal && { signal }),
    });
  }

  private async track(work: Promise<void>): Promise<void> {
    this.running.add(work);
    try {
      await work;
    } finally {
      this.running.delete(work);
    }
  }

  /** @throws NotRefreshed, ProviderFault */
  private async one(account: RefreshableAccount, asked: boolean): Promise<void> {
    const provider = this.providers.find(account.provider);
    if (provider === undefined) throw new NotRefreshed('unknown-provider');
    if (account.status === 'reconnect') throw new NotRefreshed('reconnect-needed');
    if (!account.hasRefreshToken) throw new NotRefreshed('not-refreshable');
    if (this.stopping) throw new NotRefreshed('not-now');
    const claim = await this.claims.take(account.id, provider, asked);
    if (claim === undefined) throw new NotRefreshed('not-now');
    const grant = await this.ask(claim, provider);
    // Store it first: the provider may have invalidated the old token.
    const kept = await retry(() => this.claims.keep(claim, grant), REPETITIONS, waitForDatabase);
    if (!kept) throw new NotRefreshed('changed-meanwhile');
  }

  private async ask(claim: RefreshClaim, provider: Provider) {
    try {
      const windowEnds = claim.takenAt - (claim.doubtFor ?? 0) + provider.reuseWindow;
      const mayRepeat = () => provider.refreshTokens === 'reusable' || performance.now() < windowEnds;
      return await this.calls.refresh(provider, this.tokenOf(claim), mayRepeat, claim.takenAt);
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      await this.note(claim, provider, error);
      throw error;
    }
  }

  private tokenOf(claim: RefreshClaim): string {
    try {
      return this.seals.openRefreshToken(claim, claim.refreshToken);
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      // Nothing was sent. The key may still be restored, so the account stays connected.
      this.logger.error(`Account ${claim.id}: ${error.message}`);
      throw new ProviderFault('sealed');
    }
  }

  /** Records a failure. If the database is unreachable, the claim expires by itself. */
  private async note(claim: RefreshClaim, provider: Provider, fault: ProviderFault): Promise<void> {
    if (fault.kind === 'rejected') this.logger.error(`${provider.name}: ${fault.message}`);
    const noted =
      fault.kind === 'denied' ? this.giveUp(claim, provider, fault) : this.claims.giveBack(claim, provider, fault);
    await noted.catch((error) =>
      this.logger.warn(`Account ${claim.id}: its failed refresh was not recorded: ${error}`),
    );
  }

  private async giveUp(claim: RefreshClaim, provider: Provider, fault: ProviderFault): Promise<void> {
    const told = await this.claims.giveUp(claim, provider, fault);
    if (told) await this.push.arrived(claim.userId, told);
  }
}

function isSame(one: AccountReference, other: AccountReference): boolean {
  return one.provider === other.provider && one.accountId === other.accountId;
}

function distinct(names: readonly AccountReference[]): AccountReference[] {
  return names.filter((name, index) => names.findIndex((other) => isSame(name, other)) === index);
}

/** Random, so that processes that lost the database together do not retry together. */
function waitForDatabase(error: unknown, failures: number): number | undefined {
  if ((lossOfDatabase(error) ?? delayOfDatabase(error)) === undefined) return undefined;
  return Math.min(MIN_WAIT * 2 ** (failures - 1), MAX_WAIT) * (0.5 + Math.random() / 2);
}
