import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Integrations } from '../../apps/arena/src/features/integrations/integration.schemas.js';
import { newDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { describeInBrowser, startChromium } from '../support/browser/chromium.js';
import { ProviderProcess } from '../support/provider/provider-process.js';
import { freePort } from '../support/servers/free-port.js';

let dataDir: string;
let providers: ProviderProcess;
let arena: ArenaProcess;
let url: string;
let browser: Browser;

beforeAll(async () => {
  dataDir = await newDataDir();
  const port = await freePort();
  providers = await ProviderProcess.start(`http://localhost:${port}`);
  arena = ArenaProcess.start({
    PORT: String(port),
    ARENA_DATA_DIR: dataDir,
    ARENA_PROVIDERS: JSON.stringify([providers.settings('club')]),
  });
  url = await arena.ready();
  browser = await startChromium();
}, 90_000);
afterAll(async () => {
  await browser.close();
  await arena.stop();
  await providers.stop();
  await rm(dataDir, { recursive: true });
});

/** What the page requests from arena, as the page at /docs does. */
async function ask<Body>(page: Page, method: string, path: string, token?: string, body?: object): Promise<Body> {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const asked = { method, path, headers, body: body === undefined ? null : JSON.stringify(body) };
  const answer = await page.evaluate(({ path: where, ...init }) => fetch(where, init).then((one) => one.text()), asked);
  return JSON.parse(answer) as Body;
}

async function signedIn(player: number): Promise<{ page: Page; token: string }> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${url}/docs`);
  const credentials = { email: `player${player}@arena.test`, password: 'arena' };
  const { token } = await ask<{ token: string }>(page, 'POST', '/auth/sign-in', undefined, credentials);
  return { page, token };
}

const begin = ({ page, token }: { page: Page; token: string }) =>
  ask<{ url: string }>(page, 'POST', '/integrations/club/connect', token);

async function allow(page: Page, authorizationUrl: string, account: string): Promise<string> {
  await page.goto(authorizationUrl);
  await page.getByLabel('Account').fill(account);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${url}/integrations/club/callback*`);
  return (await page.locator('body').textContent()) ?? '';
}

describeInBrowser('connecting an account in a browser', () => {
  it('leads to the provider on another site, and back', async () => {
    const user = await signedIn(51);
    expect(await allow(user.page, (await begin(user)).url, 'ada')).toContain(
      'Your account Player ada of club is connected.',
    );
    await user.page.goto(`${url}/docs`);
    const { accounts } = await ask<Integrations>(user.page, 'GET', '/integrations', user.token);
    expect(accounts).toMatchObject([{ provider: 'club', accountId: 'ada', status: 'connected' }]);
    // The page's scripts cannot read the browser's cookies.
    expect(await user.page.evaluate('document.cookie')).toBe('');
  }, 60_000);

  it('does not connect the sender of a link when another user opens it and consents', async () => {
    const [attacker, victim] = [await signedIn(52), await signedIn(53)];
    expect(await allow(victim.page, (await begin(attacker)).url, 'victim')).toContain('Connection not begun');
    const { accounts } = await ask<Integrations>(attacker.page, 'GET', '/integrations', attacker.token);
    expect(accounts).toEqual([]);
  }, 60_000);
});
