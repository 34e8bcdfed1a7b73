import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { ArenaFleet } from '../support/arena/arena-fleet.js';
import { startChromium } from '../support/chromium.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';

const EDITS = 21;
type Edit = (id: number, name: string) => Promise<void>;

/** How somebody else changes what the page shows. */
const WAYS: [string, Edit][] = [
  ['a PATCH on the other', (id, name) => fleet.arenas[0].rename(id, name)],
  ['plain SQL', (id, name) => fleet.query('update tournaments set name = $2 where id = $1', [id, name])],
];

let redis: RedisServer;
let fleet: ArenaFleet;
let browser: Browser;
let page: Page;
const faults: string[] = [];

/** In the browser: when each change of the first name came, on the clock of the machine. */
declare global {
  var seen: [name: string, at: number][];
}

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

describe('the live page on one arena', () => {
  it.each(WAYS)(
    'shows what was changed by %s within 200 ms at the median',
    async (way, change) => {
      await page.evaluate(`
      globalThis.seen = [];
      new MutationObserver(() => {
        const name = document.querySelector('#tournaments li')?.textContent;
        if (name !== seen.at(-1)?.[0]) seen.push([name, Date.now()]);
      }).observe(document.querySelector('#tournaments'), { childList: true, subtree: true });
    `);
      const id = Number((await page.locator('#tournaments li').first().getAttribute('id'))?.slice(1));
      const sent: number[] = [];
      for (let edit = 0; edit < EDITS; edit++) {
        sent.push(Date.now());
        await change(id, `${way} ${edit}`);
        await page.getByText(`${way} ${edit}`, { exact: true }).waitFor();
        // An interval later, so that no edit waits for the one before.
        await page.waitForTimeout(300);
      }
      const seen: [string, number][] = await page.evaluate('seen');
      const delays = sent.map((at, edit) => (seen.find(([name]) => name === `${way} ${edit}`)?.[1] ?? Infinity) - at);
      const median = delays.sort((one, other) => one - other)[Math.floor(EDITS / 2)] as number;
      console.info(`From ${way} to the page: ${median} ms (median of ${EDITS})`);
      expect(median).toBeLessThan(200);
    },
    60_000,
  );

  it('changes with its own form too', async () => {
    await page.getByLabel('New name').fill('Renamed by hand');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByText('Renamed by hand', { exact: true }).waitFor({ timeout: 10_000 });
  }, 30_000);

  it('shows a map that moves by itself, and whoever walks on it', async () => {
    const positions = () =>
      page.evaluate<string>("[...document.querySelectorAll('circle')].map((c) => c.getAttribute('cx')).join()");
    await page.locator('circle').first().waitFor({ state: 'attached' });
    const before = await positions();
    await until(async () => (await positions()) !== before);
    await page.locator('#walk').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('circle.walker[cx="53"]').waitFor({ state: 'attached' });
  }, 30_000);

  it('has nothing to complain about', () => {
    expect(faults).toEqual([]);
  });
});
