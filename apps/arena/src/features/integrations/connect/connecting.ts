import { createHash, randomBytes } from 'node:crypto';
import { HttpStatus, Inject, Injectable, Logger, NotFoundException } from '@nestjs/common';
import { and, eq, lt, sql } from 'drizzle-orm';
import { generateRandomCodeVerifier } from 'oauth4webapi';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { theRow } from '../../../platform/database/the-row.js';
import { Problem } from '../../../platform/http/problems/problem.js';
import { begunConnections } from '../account.tables.js';
import { Accounts } from '../accounts.js';
import type { BegunConnection, Disconnected } from '../integration.schemas.js';
import { type Provider, Providers } from '../provider/provider.js';
import { type ProviderAccount, ProviderCalls } from '../provider/provider-calls.js';
import { ProviderFault } from '../provider/provider-fault.js';
import { TokenVault } from '../vault/token-vault.js';
import { PublicUrl } from './public-url.js';

/** A started connection, and the secret that the browser must send back as a cookie. */
export interface Begun extends BegunConnection {
  readonly state: string;
  readonly browserSecret: string;
}

/**
 * Connects accounts by the OAuth 2 authorisation code flow with PKCE (RFC 9700). A callback is valid once, for ten minutes,
 * for the user and the browser that started it. Without this an attacker could send a user a link that connects the
 * attacker's account.
 */
@Injectable()
export class Connecting {
  private readonly logger = new Logger(Connecting.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly providers: Providers,
    private readonly calls: ProviderCalls,
    private readonly accounts: Accounts,
    private readonly vault: TokenVault,
    private readonly publicUrl: PublicUrl,
  ) {}

  /** @throws NotFoundException if the provider is unknown */
  async begin(userId: string, providerName: string): Promise<Begun> {
    const provider = this.known(providerName);
    const [state, browserSecret, verifier] = [secret(), secret(), generateRandomCodeVerifier()];
    const url = await this.calls.authorizationUrl(provider, {
      redirectUri: this.redirectUri(provider),
      state,
      verifier,
    });
    const values = {
      stateHash: hashOf(state),
      browserHash: hashOf(browserSecret),
      userId,
      provider: provider.name,
      codeVerifier: this.vault.seal(verifier, aboutVerifier(userId, provider)),
    };
    const { expiresAt } = await this.database.transaction(async (transaction) => {
      // Only the latest attempt is kept, so that repeated attempts leave one row.
      await transaction
        .delete(begunConnections)
        .where(and(eq(begunConnections.userId, userId), eq(begunConnections.provider, provider.name)));
      return theRow(await transaction.insert(begunConnections).values(values).returning());
    });
    return { url, expiresAt: expiresAt.toISOString(), state, browserSecret };
  }

  /**
   * Connects the account that the user has authorised.
   *
   * @param answer the query parameters of the provider's redirect
   * @param browserSecret the secret from the browser's cookie
   * @throws Problem
   */
  async complete(providerName: string, answer: URLSearchParams, browserSecret: string): Promise<ProviderAccount> {
    const provider = this.known(providerName);
    const state = answer.get('state') ?? '';
    const [begun] = await this.database
      .delete(begunConnections)
      .where(
        and(
          eq(begunConnections.stateHash, hashOf(state)),
          eq(begunConnections.browserHash, hashOf(browserSecret)),
          eq(begunConnections.provider, provider.name),
        ),
      )
      .returning({
        userId: begunConnections.userId,
        codeVerifier: begunConnections.codeVerifier,
        inTime: sql<boolean>`${begunConnections.expiresAt} > now()`,
      });
    if (!begun?.inTime) throw notBegun();
    const verifier = this.vault.open(begun.codeVerifier, aboutVerifier(begun.userId, provider));
    try {
      const exchange = { redirectUri: this.redirectUri(provider), state, verifier };
      const grant = await this.calls.exchange(provider, answer, exchange);
      const account = await this.calls.account(provider, grant.accessToken);
      // If storing fails, the token is not revoked: some providers then revoke every token of the account.
      await this.accounts.connect(begun.userId, provider, account, grant);
      return account;
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      this.logger.warn(`Connecting an account of ${provider.name} failed: ${error.message}`);
      throw notConnected(error, provider);
    }
  }

  /**
   * @param given the account's id; may be omitted if the user has one account of the provider
   * @throws NotFoundException if the account does not exist
   * @throws Problem if the user has several and `given` is missing
   */
  async disconnect(userId: string, providerName: string, given: string | undefined): Promise<Disconnected> {
    const accountId = given ?? (await this.onlyAccount(userId, providerName));
    const { token } = await this.accounts.disconnect(userId, providerName, accountId);
    const revoked = await this.revoke(this.providers.find(providerName), token);
    return { provider: providerName, accountId, revoked };
  }

  /** Deletes connections that were started and not completed in time. */
  async forgetExpired(): Promise<void> {
    await this.database.delete(begunConnections).where(lt(begunConnections.expiresAt, sql`now()`));
  }

  private async onlyAccount(userId: string, providerName: string): Promise<string> {
    const [first, ...others] = await this.accounts.idsOf(userId, providerName);
    if (first === undefined) throw new NotFoundException(`You have no connected account of ${providerName}.`);
    if (others.length === 0) return first;
    const detail = `You have ${1 + others.length} connected accounts of ${providerName}. Send accountId to choose one.`;
    throw new Problem(HttpStatus.CONFLICT, 'several-accounts', detail);
  }

  private async revoke(provider: Provider | undefined, token: string | undefined): Promise<boolean> {
    if (provider?.revocationUrl === undefined || token === undefined) return false;
    try {
      await this.calls.revoke(provider, token);
      return true;
    } catch (error) {
      this.logger.warn(`A disconnected account may keep its token: revoking it at ${provider.name} failed: ${error}`);
      return false;
    }
  }

  private known(name: string): Provider {
    const provider = this.providers.find(name);
    if (provider) return provider;
    const known = this.providers.names.join(', ') || 'none (ARENA_PROVIDERS)';
    throw new NotFoundException(`Unknown provider '${name}'. Known providers: ${known}.`);
  }

  private redirectUri({ name }: Provider): string {
    return `${this.publicUrl.get()}/integrations/${name}/callback`;
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function aboutVerifier(userId: string, { name }: Provider): string[] {
  return ['code-verifier', userId, name];
}

function notBegun(): Problem {
  const detail =
    'This connection was not started in this browser, is complete, or took longer than ten minutes. Start again.';
  return new Problem(HttpStatus.BAD_REQUEST, 'connection-not-begun', detail);
}

function notConnected({ kind, message }: ProviderFault, { name }: Provider): Problem {
  if (kind === 'denied') {
    return new Problem(
      HttpStatus.FORBIDDEN,
      'connection-denied',
      `The account of ${name} was not connected: access was denied.`,
    );
  }
  return new Problem(HttpStatus.BAD_GATEWAY, 'provider-failed', `${message} Begin again.`);
}
