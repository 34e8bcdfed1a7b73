import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { newDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { describeInBrowser, startChromium } from '../support/browser/chromium.js';
import { freePort } from '../support/servers/free-port.js';

let env: Readonly<Record<string, string>>;
let arena: ArenaProcess;
let browser: Browser;

beforeAll(async () => {
  env = { ARENA_DATA_DIR: await newDataDir(), PORT: `${await freePort()}` };
  arena = ArenaProcess.start(env);
  [, browser] = await Promise.all([arena.ready(), startChromium()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await arena?.stop();
  await rm(env.ARENA_DATA_DIR as string, { recursive: true, force: true });
});

async function rename(url: string, name: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ email: 'player1@arena.test', password: 'arena' });
  const signedIn = await fetch(`${url}/auth/sign-in`, { method: 'POST', headers, body });
  const { token } = (await signedIn.json()) as { token: string };
  const response = await fetch(`${url}/v1/tournaments/1`, {
    method: 'PATCH',
    headers: { ...headers, Authorization: `Bearer ${token}` },
    body: JSON.stringify({ name }),
  });
  expect(response.status).toBe(200);
}

const lost = (page: Page) => page.getByRole('status').getByText(/^Connection lost: this page may be old/);

describeInBrowser('pages whose arena stops and comes back', () => {
  it('say that the connection is lost, follow again, and show what they missed', async () => {
    const url = await arena.ready();
    const [page, map, dashboard] = await Promise.all([browser.newPage(), browser.newPage(), browser.newPage()]);
    await Promise.all([
      page.goto(`${url}/app/tournaments/1`),
      map.goto(`${url}/live`),
      dashboard.goto(`${url}/larder/`),
    ]);
    await page.getByText('Places').waitFor();
    await map.getByText('Live', { exact: true }).waitFor();
    await dashboard.getByRole('heading', { name: 'Processes', exact: true }).waitFor();
    expect([await lost(page).count(), await lost(map).count()]).toEqual([0, 0]);
    const old = dashboard.getByText('The process does not answer; these figures are old.');
    expect(await old.count()).toBe(0);

    expect(await arena.stop()).toBe(0);
    await Promise.all([lost(page).waitFor(), lost(map).waitFor(), old.waitFor()]);

    arena = ArenaProcess.start(env);
    await rename(await arena.ready(), 'Renamed meanwhile');
    await page.getByRole('heading', { name: 'Renamed meanwhile' }).waitFor();
    await lost(page).waitFor({ state: 'detached' });
    await map.getByText('Live', { exact: true }).waitFor();
    await old.waitFor({ state: 'detached' });
  }, 90_000);
});
