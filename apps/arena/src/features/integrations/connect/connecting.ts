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

/** A connection that was begun, and the secret that the browser has to bring along besides what the provider gives it. */
export interface Begun extends BegunConnection {
  readonly state: string;
  readonly browserSecret: string;
}

/**
 * Connecting accounts: OAuth 2 authorisation code with PKCE (RFC 9700). What the provider sends a browser back with is good
 * once, for ten minutes, for the user who began and in the browser in which they did: nobody can have a stranger's account
 * connected to their own by sending the stranger a link.
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

  /** @throws NotFoundException if there is no such provider */
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
      // The latest counts: who begins again and again leaves no more behind than one.
      await transaction
        .delete(begunConnections)
        .where(and(eq(begunConnections.userId, userId), eq(begunConnections.provider, provider.name)));
      return theRow(await transaction.insert(begunConnections).values(values).returning());
    });
    return { url, expiresAt: expiresAt.toISOString(), state, browserSecret };
  }

  /**
   * Connects the account that a user has allowed.
   *
   * @param answer what the provider has sent the browser back with
   * @param browserSecret what the browser in which it was begun has
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
      // If it cannot be kept, it is not revoked either: a provider may take that for all that arena has of the account.
      await this.accounts.connect(begun.userId, provider, account, grant);
      return account;
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      this.logger.warn(`Connecting an account of ${provider.name} failed: ${error.message}`);
      throw notConnected(error, provider);
    }
  }

  /**
   * @param given which account; without it, the only one that the user has of the provider
   * @throws NotFoundException if there is none
   * @throws Problem if there are several, and none was named
   */
  async disconnect(userId: string, providerName: string, given: string | undefined): Promise<Disconnected> {
    const accountId = given ?? (await this.onlyAccount(userId, providerName));
    const { token } = await this.accounts.disconnect(userId, providerName, accountId);
    const revoked = await this.revoke(this.providers.find(providerName), token);
    return { provider: providerName, accountId, revoked };
  }

  /** Forgets what was begun and never completed. */
  async forgetExpired(): Promise<void> {
    await this.database.delete(begunConnections).where(lt(begunConnections.expiresAt, sql`now()`));
  }

  private async onlyAccount(userId: string, providerName: string): Promise<string> {
    const [first, ...others] = await this.accounts.idsOf(userId, providerName);
    if (first === undefined) throw new NotFoundException(`You have no account of ${providerName} connected.`);
    if (others.length === 0) return first;
    const detail = `You have ${1 + others.length} accounts of ${providerName} connected. Name one by accountId.`;
    throw new Problem(HttpStatus.CONFLICT, 'several-accounts', detail);
  }

  private async revoke(provider: Provider | undefined, token: string | undefined): Promise<boolean> {
    if (provider?.revocationUrl === undefined || token === undefined) return false;
    try {
      await this.calls.revoke(provider, token);
      return true;
    } catch (error) {
      this.logger.warn(`${provider.name} was not told that an account is disconnected: ${error}`);
      return false;
    }
  }

  private known(name: string): Provider {
    const provider = this.providers.find(name);
    if (provider) return provider;
    const known = this.providers.names.join(', ') || 'none (ARENA_PROVIDERS)';
    throw new NotFoundException(`There is no provider '${name}'; there is: ${known}.`);
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
  const detail = 'This was not begun in this browser, is done already, or took longer than ten minutes. Begin again.';
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
