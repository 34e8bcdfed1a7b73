import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import {
  type BegunConnection,
  type ConnectedAccount,
  type Disconnected,
  type Integrations,
  integrations,
  type RefreshReport,
  refreshReport,
} from '../../apps/arena/src/features/integrations/integration.schemas.js';
import type { Notification } from '../../apps/arena/src/features/notifications/notification.schemas.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import type { EndedRun } from '../../libs/larder/src/jobs/index.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import type { Fault } from '../support/provider/faults.js';
import { ProviderProcess } from '../support/provider/provider-process.js';
import { until } from '../support/until.js';

/** Arena's announced address: providers register it before arena listens. */
const PUBLIC = 'http://arena.test';
const TOKEN = 'a-token-of-those-who-run-it';
const TIMEOUT = 4_000;
const MANY = Array.from({ length: 50 }, (_, index) => `p${index + 1}`);

let providers: ProviderProcess;
let arena: RunningArena;
let database: SideDoor;
/** All responses of arena. */
const answers: string[] = [];

beforeAll(async () => {
  providers = await ProviderProcess.start(PUBLIC);
  arena = await runArena({
    adminToken: TOKEN,
    integrations: {
      publicUrl: PUBLIC,
      providerTimeout: TIMEOUT,
      providers: [
        ...['league', 'club', 'rotating', ...MANY].map((name) => providers.settings(name)),
        providers.settings('lenient', { reuseWindow: 30_000 }),
        providers.settings('reusable', { refreshTokens: 'reusable' }),
      ],
    },
  });
  database = await SideDoor.open(arena.dataDir);
}, 90_000);
afterAll(async () => {
  await database.close();
  await arena.close();
  await providers.stop();
});

/** A user's browser: it keeps arena's cookies. */
class Browser {
  private readonly cookies: string[] = [];

  constructor(private readonly token: string) {}

  async begin(provider: string): Promise<string> {
    const { status, headers, body } = await arena.send<BegunConnection>(
      'POST',
      `/integrations/${provider}/connect`,
      this.token,
    );
    expect(status).toBe(201);
    this.cookies.push(...headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string));
    return body.url;
  }

  /** Follows a provider's redirect back to arena. */
  async follow(location: string): Promise<{ status: number; text: string }> {
    expect(location.startsWith(`${PUBLIC}/integrations/`)).toBe(true);
    const response = await fetch(location.replace(PUBLIC, arena.url), { headers: { Cookie: this.cookies.join('; ') } });
    const text = await response.text();
    answers.push(text);
    return { status: response.status, text };
  }

  async connect(provider: string, account: string): Promise<{ status: number; text: string }> {
    return this.follow(await providers.allow(await this.begin(provider), account));
  }
}

async function userWith(player: number, ...accounts: readonly [provider: string, account: string][]) {
  const token = await arena.signIn(player);
  const browser = new Browser(token);
  for (const [provider, account] of accounts)
    expect(await browser.connect(provider, account)).toMatchObject({ status: 200 });
  return { token, browser };
}

const list = async (token: string) => {
  const { body } = await arena.get<Integrations>('/integrations', token);
  answers.push(JSON.stringify(body));
  return body.accounts;
};
const accountOf = async (token: string, provider: string) =>
  (await list(token)).find((account) => account.provider === provider) as ConnectedAccount;
const refresh = async (token: string, named?: readonly { provider: string; accountId: string }[]) => {
  const { status, body } = await arena.send<RefreshReport>('POST', '/integrations/refresh', token, named);
  expect([status, refreshReport.strict().parse(body)]).toEqual([200, body]);
  answers.push(JSON.stringify(body));
  return body;
};
const order = (...faults: Fault[]) => providers.tell({ faults });
const callsFor = async (account: string) =>
  (await providers.record()).calls.filter((call) => call.account === account && call.grant === 'refresh_token');

describe('connecting an account', () => {
  it('shows the account, and which providers can be connected', async () => {
    expect(await list(await arena.signIn(51))).toEqual([]);
    const { token } = await userWith(51, ['league', 'ada']);
    const { body } = await arena.get<Integrations>('/integrations', token);
    expect(integrations.parse(body)).toEqual(body);
    expect(body.accounts).toEqual([
      {
        provider: 'league',
        accountId: 'ada',
        accountName: 'Player ada',
        status: 'connected',
        connectedAt: expect.any(String),
        expiresAt: expect.any(String),
        refreshedAt: null,
        problem: null,
      },
    ]);
    expect(body.providers).toContainEqual({ name: 'club', title: 'club' });
  });

  it("asks for a code with PKCE, for the registered address, and for the user's account alone", async () => {
    const { token, browser } = await userWith(52);
    const url = new URL(await browser.begin('league'));
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'arena',
      redirect_uri: `${PUBLIC}/integrations/league/callback`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    // A code issued for another challenge: its sender does not know the verifier.
    url.searchParams.set('code_challenge', 'x'.repeat(43));
    expect(await browser.follow(await providers.allow(url.href, 'eve'))).toMatchObject({ status: 403 });
    expect(await list(token)).toEqual([]);
  });

  it("accepts a provider's redirect once", async () => {
    const { browser } = await userWith(53);
    const location = await providers.allow(await browser.begin('league'), 'bruno');
    const exchanges = async () =>
      (await providers.record()).calls.filter(({ grant }) => grant === 'authorization_code').length;
    const before = await exchanges();
    expect(await browser.follow(location)).toMatchObject({ status: 200 });
    expect(await browser.follow(location)).toMatchObject({ status: 400 });
    expect(await exchanges()).toBe(before + 1);
    expect((await providers.record()).standing.league).toContain('bruno');
  });

  it("only works in the browser that began it: a link cannot connect its recipient's account to a stranger", async () => {
    const [attacker, victim] = [await userWith(54), await userWith(55)];
    await victim.browser.begin('league');
    const location = await providers.allow(await attacker.browser.begin('league'), 'victim');
    expect(await victim.browser.follow(location)).toMatchObject({
      status: 400,
      text: expect.stringContaining('connection-not-begun'),
    });
    expect([await list(attacker.token), await list(victim.token)]).toEqual([[], []]);
  });

  it('only works with the provider it began with', async () => {
    const { browser } = await userWith(56);
    const location = await providers.allow(await browser.begin('league'), 'carla');
    expect(await browser.follow(location.replace('/league/', '/club/'))).toMatchObject({ status: 400 });
    expect(await browser.follow(location)).toMatchObject({ status: 200 });
  });

  it('must finish within ten minutes', async () => {
    const { browser } = await userWith(57);
    const location = await providers.allow(await browser.begin('league'), 'dmitri');
    const [left] = await database.run<{ seconds: number }>(
      'select extract(epoch from expires_at - now())::int seconds from begun_connections where user_id = 57',
    );
    expect(left?.seconds).toBeGreaterThan(540);
    expect(left?.seconds).toBeLessThanOrEqual(600);
    await database.run("update begun_connections set expires_at = now() - interval '1 second' where user_id = 57");
    expect(await browser.follow(location)).toMatchObject({ status: 400 });
  });

  it("can be refused by the account's owner", async () => {
    const { token, browser } = await userWith(58);
    const location = await providers.allow(await browser.begin('league'), 'elif', 'deny');
    expect(await browser.follow(location)).toMatchObject({ status: 403, text: expect.stringContaining('denied') });
    expect(await list(token)).toEqual([]);
  });

  it('is retried where the provider accepted no request, but not where it may have accepted one', async () => {
    const { browser } = await userWith(59);
    await order({ provider: 'club', times: 2, does: { status: 503 } });
    expect(await browser.connect('club', 'femi')).toMatchObject({ status: 200 });
    await order({ provider: 'league', times: 1, does: 'cut-off' });
    const before = (await providers.record()).calls.length;
    expect(await browser.connect('league', 'femi')).toMatchObject({
      status: 502,
      text: expect.stringContaining('provider-failed'),
    });
    expect((await providers.record()).calls).toHaveLength(before + 1);
  });

  it('is a 404 for an unknown provider', async () => {
    const token = await arena.signIn(51);
    expect(await arena.send('POST', '/integrations/unknown/connect', token)).toMatchObject({ status: 404 });
    expect(await arena.send('POST', '/integrations/No%20body/connect', token)).toMatchObject({ status: 400 });
  });
});

describe('an account', () => {
  it('belongs to one user', async () => {
    await userWith(61, ['league', 'shared']);
    const { token, browser } = await userWith(62);
    expect(await browser.connect('league', 'shared')).toMatchObject({
      status: 409,
      text: expect.stringContaining('account-taken'),
    });
    expect(await list(token)).toEqual([]);
  });

  it('belongs to one user also when two users connect it at the same time', async () => {
    const both = await Promise.all([userWith(63), userWith(64)]);
    const locations = await Promise.all(
      both.map(async ({ browser }) => providers.allow(await browser.begin('club'), 'contested')),
    );
    const statuses = await Promise.all(
      both.map(async ({ browser }, index) => (await browser.follow(locations[index] as string)).status),
    );
    expect(statuses.sort()).toEqual([200, 409]);
  });

  it('is one of several that a user has at a provider', async () => {
    const { token, browser } = await userWith(65, ['league', 'first'], ['league', 'second'], ['club', 'first']);
    const ids = async () => (await list(token)).map(({ provider, accountId }) => `${provider} ${accountId}`);
    expect(await ids()).toEqual(['club first', 'league first', 'league second']);
    expect(await browser.connect('league', 'first')).toMatchObject({ status: 200 });
    expect(await ids()).toEqual(['club first', 'league first', 'league second']);
    const disconnect = (query: string) => arena.send<Disconnected>('DELETE', `/integrations/league${query}`, token);
    expect(await disconnect('')).toMatchObject({ status: 409, body: { type: 'tag:arena.test,2026:several-accounts' } });
    expect((await disconnect('?accountId=third')).status).toBe(404);
    expect((await disconnect('?accountId=first')).body).toEqual({
      provider: 'league',
      accountId: 'first',
      revoked: true,
    });
    expect(await ids()).toEqual(['club first', 'league second']);
    expect((await disconnect('')).body.accountId).toBe('second');
  });

  it('is served to its user from the cache until it changes', async () => {
    const { token, browser } = await userWith(66, ['league', 'cached']);
    const other = await arena.signIn(67);
    await Promise.all([list(token), list(other)]);
    expect(await arena.queriesOf(() => Promise.all([list(token), list(other)]))).toBe(0);
    await browser.connect('club', 'cached');
    expect(await arena.queriesOf(() => list(other))).toBe(0);
    expect((await list(token)).map(({ provider }) => provider)).toEqual(['club', 'league']);
    expect(await list(other)).toEqual([]);
    expect(await arena.get('/integrations')).toMatchObject({ status: 401 });
  });

  it('is removed when it is disconnected, and revoked at the provider', async () => {
    const { token } = await userWith(68, ['league', 'leaving']);
    const disconnect = () => arena.send<Disconnected>('DELETE', '/integrations/league', token);
    expect((await disconnect()).body).toEqual({ provider: 'league', accountId: 'leaving', revoked: true });
    expect(await list(token)).toEqual([]);
    expect((await providers.record()).standing.league).not.toContain('leaving');
    expect((await disconnect()).status).toBe(404);
  });
});

describe('refreshing', () => {
  it('replaces valid tokens, and shows the new expiry', async () => {
    const { token } = await userWith(71, ['league', 'fresh']);
    await database.run("update connected_accounts set expires_at = now() where account_id = 'fresh'");
    expect(await list(token)).toMatchObject([{ refreshedAt: null }]);
    const { refreshed, failed } = await refresh(token);
    expect([refreshed, failed]).toEqual([await list(token), []]);
    const { expiresAt, refreshedAt } = refreshed[0] as ConnectedAccount;
    expect(Date.parse(expiresAt ?? '') - Date.parse(refreshedAt ?? '')).toBe(3_600_000);
    // The next refresh uses the rotated token.
    expect(await refresh(token)).toMatchObject({ refreshed: [{ provider: 'league' }] });
  });

  it('refreshes the named accounts, and reports those that the user does not have', async () => {
    const { token } = await userWith(69, ['league', 'named-1'], ['league', 'named-2'], ['club', 'named-1']);
    await userWith(70, ['league', 'of-another-user']);
    const name = (provider: string, accountId: string) => ({ provider, accountId });
    const { refreshed, failed } = await refresh(token, [
      name('league', 'named-2'),
      name('league', 'of-another-user'),
      name('league', 'of-another-user'),
    ]);
    expect(refreshed).toMatchObject([{ ...name('league', 'named-2'), refreshedAt: expect.any(String) }]);
    expect(failed).toMatchObject([{ ...name('league', 'of-another-user'), reason: 'not-connected' }]);
    expect((await list(token)).filter(({ refreshedAt }) => refreshedAt !== null)).toEqual(refreshed);
    expect(await callsFor('of-another-user')).toEqual([]);
    expect(await refresh(token, [])).toEqual({ refreshed: [], failed: [] });
    expect((await refresh(token)).refreshed).toHaveLength(3);
    expect((await arena.send('POST', '/integrations/refresh', token, {})).status).toBe(200);
    expect((await arena.send('POST', '/integrations/refresh', token, [{ provider: 'league' }])).status).toBe(400);
  });

  it('is retried with back-off where the provider accepted no request', async () => {
    const { token } = await userWith(72, ['league', 'patient']);
    await order({ account: 'patient', times: 2, does: { status: 503 } });
    expect((await refresh(token)).refreshed).toHaveLength(1);
    expect((await callsFor('patient')).map(({ result }) => result)).toEqual(['refused', 'refused', 'given']);
  });

  it('waits as long as Retry-After says, or postpones the refresh', async () => {
    const { token } = await userWith(73, ['league', 'limited']);
    await order({ account: 'limited', times: 1, does: { status: 429, retryAfter: 1 } });
    const began = performance.now();
    expect((await refresh(token)).refreshed).toHaveLength(1);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);

    await order({ account: 'limited', does: { status: 429, retryAfter: 3_600 } });
    const calls = (await callsFor('limited')).length;
    expect((await accountOf(token, 'league')).problem).toBeNull();
    expect((await refresh(token)).failed).toEqual([
      { provider: 'league', accountId: 'limited', reason: 'rate-limited', detail: expect.any(String) },
    ]);
    expect((await refresh(token)).failed).toMatchObject([{ reason: 'not-now' }]);
    expect(await callsFor('limited')).toHaveLength(calls + 1);
    const { problem, status } = await accountOf(token, 'league');
    expect([status, problem?.reason]).toEqual(['connected', 'rate-limited']);
    expect(Date.parse(problem?.retryAt ?? '') - Date.now()).toBeGreaterThan(3_500_000);
    await order();
  });

  it.each([
    ['lenient', ['lost', 'given'], 1],
    ['reusable', ['lost', 'given'], 1],
    ['rotating', ['lost'], 0],
  ] as const)(
    'with an answer that was lost, is repeated where the provider takes the token again: %s',
    async (provider, results, refreshed) => {
      const account = `cut-off-${provider}`;
      await providers.tell({
        rules: { provider, rotates: provider !== 'reusable', reuseWindow: provider === 'lenient' ? 30_000 : 0 },
      });
      const { token } = await userWith(provider === 'lenient' ? 74 : provider === 'reusable' ? 75 : 76, [
        provider,
        account,
      ]);
      await order({ account, times: 1, does: 'cut-off' });
      const report = await refresh(token);
      expect(report.refreshed).toHaveLength(refreshed);
      expect((await callsFor(account)).map(({ result }) => result)).toEqual(results);
      if (refreshed === 1) return;
      // It is left alone while the access token is valid. Then arena tries once more, gives up and notifies the user.
      expect(report.failed).toMatchObject([{ reason: 'cut-off' }]);
      expect((await refresh(token)).failed).toMatchObject([{ reason: 'not-now' }]);
      await database.run(
        `update connected_accounts set expires_at = now(), retry_at = now() where account_id = '${account}'`,
      );
      await until(async () => (await accountOf(token, provider)).status === 'reconnect');
      const { body } = await arena.get<Page<Notification>>('/notifications?perPage=1', token);
      expect(body.items[0]).toMatchObject({ title: 'Connect again', sender: null, readAt: null });
    },
    60_000,
  );

  it('ends when the provider revokes the consent: the user is notified once and can connect again', async () => {
    const { token, browser } = await userWith(77, ['league', 'removed']);
    await providers.tell({ revokeAccount: 'removed' });
    const pushed: unknown[] = [];
    const socket = io(arena.url, { transports: ['websocket'], forceNew: true, auth: { token } });
    socket.on('notification', ({ notification }) => pushed.push(notification));
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    const unread = async () => (await arena.get<{ unread: number }>('/notifications/unread-count', token)).body.unread;
    const before = await unread();
    const newest = async (query: string) =>
      (await arena.get<Page<Notification>>(`/notifications?perPage=1${query}`, token)).body.items[0]?.title;
    for (const query of ['', '&unread=true']) expect(await newest(query)).not.toBe('Connect again');
    expect((await accountOf(token, 'league')).status).toBe('connected');
    expect((await refresh(token)).failed).toMatchObject([{ reason: 'denied' }]);
    expect((await refresh(token)).failed).toMatchObject([{ reason: 'reconnect-needed' }]);
    expect(await unread()).toBe(before + 1);
    for (const query of ['', '&unread=true']) expect(await newest(query)).toBe('Connect again');
    await until(() => pushed.length > 0);
    socket.disconnect();
    expect(pushed).toMatchObject([{ title: 'Connect again', body: expect.stringContaining('Player removed') }]);
    expect(await callsFor('removed')).toHaveLength(1);
    expect((await accountOf(token, 'league')).status).toBe('reconnect');
    expect(await browser.connect('league', 'removed')).toMatchObject({ status: 200 });
    expect((await refresh(token)).refreshed).toHaveLength(1);
  });

  it.each(['garbage', 'flood'] as const)('survives an answer that is %s', async (does) => {
    const { token } = await userWith(does === 'flood' ? 78 : 79, ['lenient', does]);
    await order({ account: does, does });
    const heap = process.memoryUsage().rss;
    expect((await refresh(token)).failed).toMatchObject([{ reason: 'unreadable' }]);
    expect(process.memoryUsage().rss - heap).toBeLessThan(100_000_000);
    await order();
  });

  it('sends a token once when two requests refresh at the same time', async () => {
    const { token } = await userWith(80, ['league', 'twice']);
    await order({ account: 'twice', does: 'hang-before' });
    const first = refresh(token);
    await until(async () => (await callsFor('twice')).length === 1);
    expect((await refresh(token)).failed).toMatchObject([{ reason: 'not-now' }]);
    await order();
    await providers.tell({ letGo: true });
    expect((await first).refreshed).toHaveLength(1);
    expect(await callsFor('twice')).toHaveLength(1);
  });

  it('sends at most five requests at a time for all users', async () => {
    const ALL = ['league', 'club', 'rotating', 'lenient', 'reusable'];
    const users = await Promise.all(
      [82, 83, 84].map((player) =>
        userWith(player, ...ALL.map((name) => [name, `crowd-${player}`] as [string, string])),
      ),
    );
    const atOnce = async () => (await providers.record()).atOnce;
    await providers.tell({ latency: 0, faults: [{ does: 'hang-before' }] });
    const reports = Promise.all(users.map(({ token }) => refresh(token)));
    await until(async () => (await atOnce()) >= 5);
    await providers.tell({ letGo: true, faults: [] });
    expect((await reports).map(({ refreshed }) => refreshed.length)).toEqual([5, 5, 5]);
    expect(await atOnce()).toBe(5);
  });

  it('drops the answer when the account was connected again meanwhile: the newer tokens stay', async () => {
    const { token, browser } = await userWith(85, ['league', 'again']);
    await order({ account: 'again', does: 'hang-before' });
    const report = refresh(token);
    await until(async () => (await callsFor('again')).length === 1);
    expect(await browser.connect('league', 'again')).toMatchObject({ status: 200 });
    const stored = () => database.run("select refresh_token from connected_accounts where account_id = 'again'");
    const before = await stored();
    await order();
    await providers.tell({ letGo: true });
    expect((await report).failed).toMatchObject([{ reason: 'changed-meanwhile' }]);
    expect(await stored()).toEqual(before);
    expect((await refresh(token)).refreshed).toHaveLength(1);
  });

  it('drops the answer when the account was disconnected meanwhile', async () => {
    const { token } = await userWith(81, ['league', 'gone']);
    await order({ account: 'gone', does: 'hang-after' });
    const report = refresh(token);
    await until(async () => (await callsFor('gone')).length === 1);
    await arena.send('DELETE', '/integrations/league', token);
    await order();
    await providers.tell({ letGo: true });
    expect((await report).failed).toMatchObject([{ reason: 'changed-meanwhile' }]);
    expect(await list(token)).toEqual([]);
    expect((await providers.record()).standing.league).not.toContain('gone');
  });
});

describe('fifty accounts, of which every third fails and one hangs', () => {
  let token: string;
  const FAULTS = [
    { status: 500 },
    { status: 429, retryAfter: 600 },
    { status: 400, error: 'invalid_grant' },
    'garbage',
  ] as const;
  const failing = MANY.filter((_, index) => (index + 1) % 3 === 0);
  const HANGING = 'p50';

  beforeAll(async () => {
    ({ token } = await userWith(90));
    const browser = new Browser(token);
    for (const provider of MANY)
      expect(await browser.connect(provider, `of-${provider}`)).toMatchObject({ status: 200 });
  }, 120_000);

  it('are refreshed five at a time: 33 succeed, 17 are reported with reasons, and the one that hangs delays no other', async () => {
    await order(
      ...failing.map((provider, index) => ({ provider, does: FAULTS[index % FAULTS.length] as Fault['does'] })),
      { provider: HANGING, does: 'hang-before' },
    );
    await providers.tell({ latency: 50 });
    const began = performance.now();
    const { refreshed, failed } = await refresh(token);
    const took = performance.now() - began;
    expect(refreshed).toHaveLength(33);
    expect(failed.map(({ provider }) => provider).sort()).toEqual([...failing, HANGING].sort());
    const reasons = new Map(failed.map(({ provider, reason }) => [provider, reason]));
    expect(reasons.get(HANGING)).toBe('timed-out');
    expect([...new Set(reasons.values())].sort()).toEqual([
      'denied',
      'failed',
      'rate-limited',
      'timed-out',
      'unreadable',
    ]);
    expect((await providers.record()).atOnce).toBe(5);
    // One timeout for the account that hangs, and little more for the other nine groups.
    expect(took).toBeGreaterThanOrEqual(TIMEOUT - 50);
    expect(took).toBeLessThan(3 * TIMEOUT + 10_000);
    await order();
    await providers.tell({ letGo: true, latency: 0 });
  }, 60_000);

  it('are refreshed by the job before they expire; accounts that are not due are left alone', async () => {
    const SOON = ['p1', 'p2', 'p4'];
    await database.run(
      `update connected_accounts set expires_at = now() + interval '9 minutes', refreshed_at = null
       where user_id = 90 and provider in ('p1', 'p2', 'p4')`,
    );
    await order({ provider: 'p2', does: { status: 500 } });
    const run = await arena.send<EndedRun>('POST', '/admin/jobs/refresh-tokens/run', TOKEN);
    expect(run.body).toMatchObject({ result: 'succeeded' });
    await order();
    const calls = await Promise.all([...SOON, 'p5'].map((provider) => callsFor(`of-${provider}`)));
    expect(calls.map(({ length }) => length)).toEqual([2, 2, 2, 1]);
    const rows = await database.run<{ provider: string }>(
      `select provider from connected_accounts where user_id = 90 and refreshed_at is not null and provider in ('p1', 'p2', 'p4')`,
    );
    expect(rows.map(({ provider }) => provider).sort()).toEqual(['p1', 'p4']);
  }, 60_000);
});

describe('tokens', () => {
  it('cannot be read in the database, and appear in no response', async () => {
    const { secrets } = await providers.record();
    expect(secrets.length).toBeGreaterThan(100);
    const stored = await database.run<{ row: string }>(
      'select a::text as row from connected_accounts a union all select b::text from begun_connections b',
    );
    const places = [...answers, ...stored.map(({ row }) => row)].join('\n');
    expect(places).toContain('v1.own.');
    for (const secret of secrets) expect(places.includes(secret)).toBe(false);
  });

  it('cannot be opened in the row of another account', async () => {
    const { token } = await userWith(91, ['league', 'thief']);
    await userWith(92, ['league', 'robbed']);
    await database.run(
      `update connected_accounts set refresh_token = (select refresh_token from connected_accounts where account_id = 'robbed')
       where account_id = 'thief'`,
    );
    expect((await refresh(token)).failed).toMatchObject([{ reason: 'sealed' }]);
    expect([await callsFor('thief'), await callsFor('robbed')]).toEqual([[], []]);
  });
});
