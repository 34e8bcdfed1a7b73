import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { SideDoor } from '../support/arena/side-door.js';
import { describeInBrowser, startChromium } from '../support/chromium.js';

/** Every page, as the demo player 1 sees it, and what it shows when it is complete. */
const PAGES: readonly (readonly [path: string, shows: string])[] = [
  ['/', 'In the database'],
  ['/live', 'Live'],
  ['/app/tournaments', 'Page 1 of'],
  ['/app/tournaments/8', 'Results'],
  ['/app/market', 'Page 1 of'],
  ['/app/market/530', 'Ada Abara (you)'],
  ['/app/notifications', 'unread'],
  ['/app/calls', 'The last 30 days'],
  ['/app/releases', 'Release a version'],
  ['/app/account', 'player1@arena.test'],
];
/** The same without data: for a player who has none, a guest, or a thing that does not exist. */
const EMPTY_PAGES: readonly (readonly [player: number | undefined, path: string, shows: string])[] = [
  [150, '/app/calls', 'Your team has none.'],
  [undefined, '/app/calls', 'Sign in or create an account'],
  [undefined, '/app/notifications', 'Sign in or create an account'],
  [undefined, '/app/releases', 'Sign in or create an account'],
  [undefined, '/app/account', 'Create an account'],
  [undefined, '/app/market/530', 'Sign in'],
  [undefined, '/app/tournaments/999999', 'There is no tournament 999999.'],
  [undefined, '/app/market/999999', 'There is no item 999999.'],
];
const WIDTHS = [360, 800, 1280];

/** A process of its own, because the pages need the built client of live queries. */
let arena: ArenaProcess;
let url: string;
let dataDir: string;
let browser: Browser;
let axe: string;
const faults: string[] = [];

beforeAll(async () => {
  dataDir = await newDataDir();
  arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir });
  url = await arena.ready();
  browser = await startChromium();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await arena?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function signIn(player: number): Promise<string> {
  const response = await fetch(`${url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: `player${player}@arena.test`, password: 'arena' }),
  });
  return ((await response.json()) as { token: string }).token;
}

/** A browser of its own, signed in as a demo player or as a guest. */
async function visitor(player?: number, options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  if (player !== undefined) {
    const token = await signIn(player);
    // The blank document that a page begins with has no storage.
    await context.addInitScript(`if (location.protocol !== 'about:') localStorage.setItem('arena-token', '${token}')`);
  }
  context.on('weberror', (error) => faults.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== url && !request.url().startsWith('data:')) faults.push(request.url());
  });
  return context;
}

async function open(context: BrowserContext, path: string, shows: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url + path);
  await page.getByText(shows).first().waitFor();
  return page;
}

/** Expects no finding of axe, and no width that the page does not fit; closes it. */
async function inspect(page: Page, path: string): Promise<void> {
  await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
  await page.evaluate(axe);
  const found = await page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
  );
  expect([path, found]).toEqual([path, []]);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const excess = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect([path, width, excess <= 0]).toEqual([path, width, true]);
  }
  await page.close();
}

describeInBrowser('the pages', () => {
  it.each(['light', 'dark'] as const)(
    'have no findings of axe, and fit every width, in a %s theme',
    async (colorScheme) => {
      // axe is put into the page, which the policy of the page would refuse.
      const context = await visitor(1, { colorScheme, bypassCSP: true });
      for (const [path, shows] of PAGES) await inspect(await open(context, path, shows), path);
      await context.close();
    },
    90_000,
  );

  it.each(['light', 'dark'] as const)(
    'are as good for a guest, without data, and for what does not exist, in a %s theme',
    async (colorScheme) => {
      for (const [player, path, shows] of EMPTY_PAGES) {
        const context = await visitor(player, { colorScheme, bypassCSP: true });
        const page = await open(context, path, shows);
        const [, , name, id] = path.split('/');
        // Each page about one thing leads to all of them.
        if (id !== undefined) expect(await page.locator(`main a[href="/app/${name}"]`).count()).toBe(1);
        await inspect(page, path);
        await context.close();
      }
      // Browsers report the answers 404 themselves.
      expect(faults.splice(0).filter((fault) => !fault.includes('404'))).toEqual([]);
    },
    90_000,
  );

  it('link to each other, and are usable by keyboard alone', async () => {
    const context = await visitor();
    const page = await open(context, '/', 'In the database');
    const press = async (times: number) => {
      for (let time = 0; time < times; time++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
    };
    await press(1);
    expect(new URL(page.url()).hash).toBe('#main');
    await page.goto(url);
    await press(3);
    await page.getByLabel('Status').waitFor();
    expect(new URL(page.url()).pathname).toBe('/app/tournaments');
    await page.getByLabel('Status').focus();
    await page.keyboard.press('f');
    await page.getByText('finished.').first().waitFor();
    await page.getByRole('link', { name: 'Start' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('In the database').waitFor();
    await context.close();
  }, 30_000);

  it('take a visitor from signing up to a sale that the other browser sees by itself', async () => {
    const [seller, buyer] = [await visitor(), await visitor(2)];
    const selling = await open(seller, '/app/account', 'Create an account');
    await selling.getByLabel('Your name').fill('Zoe');
    await selling.getByLabel('Your address').fill('zoe@example.com');
    await selling.getByLabel('A password').fill('chalk-and-cue');
    await selling.getByRole('button', { name: 'Sign up' }).click();
    await selling.getByRole('heading', { name: 'Zoe' }).waitFor();

    await selling.goto(`${url}/app/tournaments/1`);
    await selling.getByRole('button', { name: 'Enter' }).click();
    await selling.getByRole('button', { name: 'Withdraw' }).waitFor();

    await selling.goto(`${url}/app/market`);
    await selling.getByLabel('Title', { exact: true }).fill('Zebra cue');
    await selling.getByLabel('Description').fill('Stripes.');
    await selling.getByLabel('Price in euros').fill('100');
    await selling.getByRole('button', { name: 'Offer it for sale' }).click();
    await selling.getByText('None is open.').waitFor();

    const news = await open(buyer, '/app/notifications', 'unread');
    const buying = await open(buyer, new URL(selling.url()).pathname, 'Zebra cue');
    await buying.getByLabel('Euros').fill('80');
    await buying.getByRole('button', { name: 'Make an offer' }).click();
    await selling.getByRole('button', { name: 'Accept 80.00 €' }).click();
    await buying.getByText('sold', { exact: true }).waitFor();
    await news.getByText('Offer accepted: "Zebra cue" is yours for 80.00 €.').waitFor();
    await Promise.all([seller.close(), buyer.close()]);
  }, 60_000);

  it('show a hit, and its invalidation by plain SQL', async () => {
    const context = await visitor();
    const page = await open(context, '/app/tournaments/3', 'Places');
    await page.getByText('Where this page came from').click();
    const source = page.locator('.source li').filter({ hasText: '/v1/tournaments/3' }).first();
    await source.getByRole('button', { name: 'Read again' }).click();
    await source.getByText('the cache (hit, in memory)').first().waitFor();
    expect(await source.getByText('tournaments:3', { exact: true }).count()).toBe(1);
    const database = await SideDoor.open(dataDir);
    await database.run("update tournaments set name = 'Renamed by SQL' where id = 3");
    await database.close();
    await page.getByRole('heading', { name: 'Renamed by SQL' }).waitFor();
    await source.getByText('invalidated: the new value came by itself').waitFor();

    await page.goto(`${url}/larder/`);
    await page.getByRole('link', { name: 'Explain a key' }).click();
    await page.getByLabel('Key or URL').fill('/v1/tournaments/3');
    await page.keyboard.press('Enter');
    await page.getByText('The URL leads to TournamentsController.one.').waitFor();
    const rows = page.getByRole('region', { name: 'Last invalidations of all processes' }).locator('tbody tr');
    const [why] = await rows.filter({ hasText: 'tournaments:3' }).allTextContents();
    expect(why).toContain('row change');
    await context.close();
  }, 30_000);

  it('report no errors, and request nothing from elsewhere', () => {
    expect(faults).toEqual([]);
  });
});
