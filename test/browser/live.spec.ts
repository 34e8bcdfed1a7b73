import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { ArenaFleet } from '../support/arena/arena-fleet.js';
import { describeInBrowser, startChromium } from '../support/browser/chromium.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';

const EDITS = 5;
type Edit = (id: number, name: string) => Promise<void>;

/** How another program or user changes what the page shows. */
const WAYS: [string, Edit][] = [
  ['a PATCH on the other', (id, name) => fleet.arenas[0].rename(id, name)],
  ['plain SQL', (id, name) => fleet.query('update tournaments set name = $2 where id = $1', [id, name])],
];

let redis: RedisServer;
let fleet: ArenaFleet;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  fleet = await ArenaFleet.start(redis.url);
  browser = await startChromium();
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(`${fleet.arenas[1].url}/live`);
  await page.getByText('Live', { exact: true }).waitFor();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await fleet?.stop();
  await redis?.stop();
});

describeInBrowser('the live page on one arena', () => {
  it.each(WAYS)(
    'shows each change by %s, in order and without a reload',
    async (way, change) => {
      await page.evaluate(`
      globalThis.seen = [];
      new MutationObserver(() => {
        const name = document.querySelector('#tournaments li')?.textContent;
        if (name !== seen.at(-1)) seen.push(name);
      }).observe(document.querySelector('#tournaments'), { childList: true, subtree: true });
    `);
      const id = Number((await page.locator('#tournaments li').first().getAttribute('id'))?.slice(1));
      const names = Array.from({ length: EDITS }, (_, edit) => `${way} ${edit}`);
      for (const name of names) {
        await change(id, name);
        await page.getByText(name, { exact: true }).waitFor();
      }
      expect(await page.evaluate('seen')).toEqual(names);
    },
    60_000,
  );

  it('shows changes made with its own form too', async () => {
    await page.getByLabel('New name').fill('Renamed by hand');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByText('Renamed by hand', { exact: true }).waitFor({ timeout: 10_000 });
  }, 30_000);

  it('shows a moving map, with the player who walks on it', async () => {
    const positions = () =>
      page.evaluate<string>("[...document.querySelectorAll('circle')].map((c) => c.getAttribute('cx')).join()");
    await page.locator('circle').first().waitFor({ state: 'attached' });
    const before = await positions();
    await until(async () => (await positions()) !== before);
    await page.locator('#walk').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('circle.walker[cx="53"]').waitFor({ state: 'attached' });
  }, 30_000);

  it('reports no errors in its console', () => {
    expect(faults).toEqual([]);
  });
});
