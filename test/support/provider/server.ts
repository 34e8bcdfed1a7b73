import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { consentPage } from './consent-page.js';
import { type Fault, Faults, type TokenCall } from './faults.js';
import { Grants, type ProviderRules, USUAL } from './grants.js';

/** Orders to a running provider, by `POST /control`. */
export interface Control {
  readonly faults?: readonly Fault[];
  /** The rules of one provider, or of all. */
  readonly rules?: Partial<ProviderRules> & { readonly provider?: string };
  readonly letGo?: boolean;
  readonly revokeAccount?: string;
  /** Milliseconds that every token request takes from now on; also resets the count of simultaneous requests. */
  readonly latency?: number;
}

/** The state of a running provider, by `GET /control`. */
export interface Record {
  readonly calls: readonly TokenCall[];
  /** The maximum number of simultaneous token requests. */
  readonly atOnce: number;
  readonly secrets: readonly string[];
  /** Accounts with a consent that is not revoked, by provider. */
  readonly standing: { readonly [provider: string]: readonly string[] };
}

export interface Client {
  readonly id: string;
  readonly secret: string;
  /** Compared character by character. `{provider}` stands for the provider's name. */
  readonly redirectUris: readonly string[];
}

/**
 * OAuth 2 providers, one below each path (`/league/authorize`), that behave like real ones: single-use codes, PKCE, exact
 * redirect URIs, tokens that expire, rotating refresh tokens, and faults on order.
 */
export async function serveProviders(client: Client, port: number): Promise<string> {
  const grants = new Map<string, Grants>();
  const faults = new Faults();
  const calls: TokenCall[] = [];
  let [running, atOnce, latency] = [0, 0, 0];

  const grantsOf = (provider: string) => {
    const known = grants.get(provider) ?? new Grants(USUAL);
    grants.set(provider, known);
    return known;
  };

  const authorize = async (
    provider: string,
    { searchParams: asked }: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ) => {
    const redirectUri = asked.get('redirect_uri') ?? '';
    const registered = client.redirectUris.map((uri) => uri.replace('{provider}', provider));
    // An unknown address receives no redirect.
    if (asked.get('client_id') !== client.id || !registered.includes(redirectUri)) {
      return answer(response, 400, { error: 'invalid_request', error_description: 'unknown client or redirect_uri' });
    }
    if (request.method === 'GET') return page(response, consentPage(provider, asked));
    const form = new URLSearchParams(await text(request));
    const back = new URL(redirectUri);
    back.searchParams.set('state', asked.get('state') ?? '');
    const isAsItMustBe = asked.get('response_type') === 'code' && asked.get('code_challenge_method') === 'S256';
    const challenge = asked.get('code_challenge') ?? '';
    if (!isAsItMustBe || challenge.length !== 43) back.searchParams.set('error', 'invalid_request');
    else if (form.get('decision') !== 'allow') back.searchParams.set('error', 'access_denied');
    else back.searchParams.set('code', grantsOf(provider).code(form.get('account') || 'ada', redirectUri, challenge));
    response.writeHead(303, { Location: back.href }).end();
  };

  const token = async (provider: string, request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await text(request));
    const given = grantsOf(provider);
    const grant = form.get('grant_type') ?? '';
    const account = given.holderOf(form.get('refresh_token') ?? '');
    const call: TokenCall = { provider, grant, account, result: 'waiting' };
    calls.push(call);
    response.once('close', () => {
      if (!response.writableFinished) call.result = 'lost';
    });
    if (form.get('client_id') !== client.id || form.get('client_secret') !== client.secret) {
      call.result = 'refused';
      return answer(response, 401, { error: 'invalid_client' });
    }
    if (latency > 0) await delay(latency);
    const does = faults.next(provider, account);
    if (typeof does === 'object') {
      call.result = 'refused';
      const wait = does.retryAfter === undefined ? {} : { 'Retry-After': String(does.retryAfter) };
      return answer(response, does.status, { error: does.error ?? 'temporarily_unavailable' }, wait);
    }
    if (does === 'hang-before') await faults.hold();
    if (response.destroyed) return;
    const tokens =
      grant === 'authorization_code'
        ? given.exchange(form.get('code') ?? '', form.get('redirect_uri') ?? '', form.get('code_verifier') ?? '')
        : given.refresh(form.get('refresh_token') ?? '');
    if (does === 'hang-after') await faults.hold();
    if (does === 'cut-off') return response.destroy();
    if (does === 'garbage') return page(response, '<h1>Scheduled maintenance</h1>');
    if (does === 'flood') return flood(response);
    call.result = tokens === undefined ? 'refused' : 'given';
    return tokens === undefined ? answer(response, 400, { error: 'invalid_grant' }) : answer(response, 200, tokens);
  };

  const account = (provider: string, { headers }: IncomingMessage, response: ServerResponse) => {
    const name = grantsOf(provider).accountOf((headers.authorization ?? '').replace('Bearer ', ''));
    return name === undefined
      ? answer(response, 401, { error: 'invalid_token' }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
      : answer(response, 200, { sub: name, name: `Player ${name}` });
  };

  const revoke = async (provider: string, request: IncomingMessage, response: ServerResponse) => {
    grantsOf(provider).revoke(new URLSearchParams(await text(request)).get('token') ?? '');
    response.writeHead(200).end();
  };

  const control = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST') {
      const told = JSON.parse(await text(request)) as Control;
      if (told.faults) faults.order(told.faults);
      if (told.rules) {
        const { provider, ...rules } = told.rules;
        const changed = provider === undefined ? [...grants.values()] : [grantsOf(provider)];
        for (const each of changed) each.rules = { ...each.rules, ...rules };
      }
      if (told.revokeAccount) for (const each of grants.values()) each.revokeAccount(told.revokeAccount);
      if (told.latency !== undefined) [latency, atOnce] = [told.latency, running];
      if (told.letGo) faults.letGo();
    }
    const standing = Object.fromEntries([...grants].map(([name, each]) => [name, each.standing]));
    const secrets = [client.secret, ...[...grants.values()].flatMap((each) => each.secrets)];
    return answer(response, 200, { calls, atOnce, secrets, standing } satisfies Record);
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const [, provider = '', action] = url.pathname.split('/');
    if (provider === 'control') return control(request, response);
    if (action === 'authorize') return authorize(provider, url, request, response);
    if (action === 'account') return account(provider, request, response);
    if (action === 'revoke') return revoke(provider, request, response);
    if (action !== 'token') return answer(response, 404, { error: 'not_found' });
    running++;
    atOnce = Math.max(atOnce, running);
    response.once('close', () => running--);
    return token(provider, request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(JSON.stringify(body));
}

function page(response: ServerResponse, markup: string): void {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(markup);
}

function flood(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const more = () => {
    while (!response.destroyed && response.write('"'.padEnd(16_384, 'x')));
  };
  response.on('drain', more);
  more();
}
