import { Inject, Injectable } from '@nestjs/common';
import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { retry } from '../../../platform/calls/retry.js';
import { text } from '../../../platform/http/requests/text.js';
import type { Provider } from './provider.js';
import { faultOf, fetchAnswer } from './provider-answers.js';
import { ProviderFault } from './provider-fault.js';

/** Timeout of a call with its retries, in milliseconds. */
export const PROVIDER_TIMEOUT = Symbol('PROVIDER_TIMEOUT');

/** The tokens that a provider granted, and their lifetime. */
export interface Grant {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Seconds, if the provider reports a lifetime. */
  readonly expiresIn: number | undefined;
  readonly scope: string | undefined;
}

/** The account's id and name at the provider. */
export interface ProviderAccount {
  readonly accountId: string;
  readonly accountName: string;
}

/** Retries of a call after a fault. */
const REPETITIONS = 3;
/** Longest delay before the first retry, in milliseconds; each further delay may be three times as long. */
const FIRST_WAIT = 100;

type CallOptions = oauth.HttpRequestOptions<'POST', URLSearchParams>;

/**
 * Calls to a provider. Each ends within the timeout. A call that the provider certainly did not carry out is retried, after
 * `Retry-After` or a growing, random delay. A call that it may have carried out is retried only where that is safe.
 */
@Injectable()
export class ProviderCalls {
  constructor(@Inject(PROVIDER_TIMEOUT) readonly timeout: number) {}

  /** The provider's page on which the user authorises arena. */
  async authorizationUrl(
    provider: Provider,
    { redirectUri, state, verifier }: { redirectUri: string; state: string; verifier: string },
  ): Promise<string> {
    const url = new URL(provider.authorizationUrl);
    const parameters = {
      response_type: 'code',
      client_id: provider.clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(provider.scope !== undefined && { scope: provider.scope }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Exchanges the authorisation code for tokens.
   *
   * @throws ProviderFault; `denied` if the user or the provider refused
   */
  async exchange(
    provider: Provider,
    answer: URLSearchParams,
    { redirectUri, state, verifier }: { redirectUri: string; state: string; verifier: string },
  ): Promise<Grant> {
    const [server, client, secret] = partiesOf(provider);
    const parameters = checked(() => oauth.validateAuthResponse(server, client, answer, state));
    // A code is valid once: after a second exchange the provider would revoke the tokens of the first.
    return this.call(
      () => false,
      async (options) => {
        const sent = oauth.authorizationCodeGrantRequest(
          server,
          client,
          secret,
          parameters,
          redirectUri,
          verifier,
          options,
        );
        return grantOf(await oauth.processAuthorizationCodeResponse(server, client, await sent));
      },
    );
  }

  /**
   * @param mayRepeat whether the provider accepts this refresh token again although it may have replaced it
   * @param since when the timeout began, by the clock of `performance.now()`: a process that was suspended must not send a
   *   token that another process has sent meanwhile
   * @throws ProviderFault; `denied` if the token is not valid any more
   */
  async refresh(provider: Provider, refreshToken: string, mayRepeat: () => boolean, since: number): Promise<Grant> {
    const [server, client, secret] = partiesOf(provider);
    return this.call(
      mayRepeat,
      async (options) => {
        const sent = oauth.refreshTokenGrantRequest(server, client, secret, refreshToken, options);
        return grantOf(await oauth.processRefreshTokenResponse(server, client, await sent));
      },
      since,
    );
  }

  /** @throws ProviderFault */
  async account(provider: Provider, accessToken: string): Promise<ProviderAccount> {
    return this.call(
      () => true,
      async ({ signal }) => {
        const headers = { Authorization: `Bearer ${accessToken}`, Accept: 'application/json' };
        const answer = await fetchAnswer(provider.accountUrl, { headers, signal: signal as AbortSignal });
        if (!answer.ok) throw new ProviderFault('rejected', false, 0, `status ${answer.status}`);
        return accountIn(await answer.json(), provider);
      },
    );
  }

  /** Revokes a token and every token granted with it. @throws ProviderFault */
  async revoke(provider: Provider, token: string): Promise<void> {
    const [server, client, secret] = partiesOf(provider);
    await this.call(
      () => true,
      async (options) => {
        await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, secret, token, options));
      },
    );
  }

  private async call<T>(
    mayRepeat: () => boolean,
    work: (options: CallOptions) => Promise<T>,
    since = performance.now(),
  ): Promise<T> {
    const ends = since + this.timeout;
    const left = ends - performance.now();
    if (left <= 0) throw new ProviderFault('timed-out', false);
    const signal = AbortSignal.timeout(Math.ceil(left));
    let inDoubt = false;
    const waitAfter = (error: unknown, failures: number) => {
      const { inDoubt: doubtful, kind, retryAfter } = error as ProviderFault;
      inDoubt ||= doubtful;
      if (kind === 'denied' || kind === 'rejected' || signal.aborted) return undefined;
      if (performance.now() + retryAfter >= ends || (inDoubt && !mayRepeat())) return undefined;
      // At least as long as the provider asks for; random, so that callers that failed together do not retry together.
      return retryAfter + Math.random() * FIRST_WAIT * 3 ** (failures - 1);
    };
    const options: CallOptions = {
      signal,
      [oauth.customFetch]: fetchAnswer as never,
      // The provider's schema has refused plain HTTP, except on localhost.
      [oauth.allowInsecureRequests]: true,
    };
    const attempt = () => work(options).catch((error) => Promise.reject(faultOf(error)));
    return retry(attempt, REPETITIONS, waitAfter).catch((error: ProviderFault) => {
      // A denial of a retry is final, although the first attempt may have succeeded.
      if (!inDoubt || error.inDoubt || error.kind === 'denied') throw error;
      throw new ProviderFault(error.kind, true, error.retryAfter);
    });
  }
}

function partiesOf(provider: Provider): [oauth.AuthorizationServer, oauth.Client, oauth.ClientAuth] {
  const server = {
    issuer: provider.issuer ?? new URL(provider.authorizationUrl).origin,
    token_endpoint: provider.tokenUrl,
    ...(provider.revocationUrl !== undefined && { revocation_endpoint: provider.revocationUrl }),
  };
  const secret = provider.clientSecret === undefined ? oauth.None() : oauth.ClientSecretPost(provider.clientSecret);
  return [server, { client_id: provider.clientId }, secret];
}

function checked<T>(validate: () => T): T {
  try {
    return validate();
  } catch (error) {
    // A refusal by the user or the provider; any other error means that the response is not from this provider.
    throw error instanceof oauth.AuthorizationResponseError
      ? new ProviderFault('denied')
      : new ProviderFault('unreadable');
  }
}

function grantOf(answer: oauth.TokenEndpointResponse): Grant {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds, scope } = answer;
  return { accessToken, refreshToken, expiresIn: seconds && Math.min(seconds, 1e9), scope };
}

const named = z.union([text(200), z.number().transform(String)]);

function accountIn(answer: unknown, { accountId, accountName }: Provider): ProviderAccount {
  const members = z.record(z.string(), z.unknown()).catch({}).parse(answer);
  const id = named.safeParse(members[accountId]);
  if (!id.success) throw new ProviderFault('unreadable');
  const name = named.safeParse(members[accountName]);
  return { accountId: id.data, accountName: name.data ?? id.data };
}
