import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeInBrowser, startChromium } from '../support/browser/chromium.js';
import { DashboardFleet } from '../support/dashboard/dashboard-fleet.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';

const TOKEN = '6f0b3c1e9a7d42588e21bb07';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** A folder for pictures of every section, if they are wanted. */
const PICTURES = process.env.LARDER_TEST_PICTURES;

const SECTIONS = ['Overview', 'Methods', 'Explain a key', 'Keys', 'Jobs, feed, sockets', 'Actions'];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

let redis: RedisServer;
let fleet: DashboardFleet;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const faults: string[] = [];
const strangers: string[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  fleet = await DashboardFleet.start(3, redis.url, TOKEN);
  browser = await startChromium();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, bypassCSP: false });
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(urlOf(0)).origin && !request.url().startsWith('data:')) {
      strangers.push(request.url());
    }
  });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await fleet?.stop();
  await redis?.stop();
});

const urlOf = (node: number) => (fleet.nodes[node]?.url ?? '').replace('[::1]', '127.0.0.1');
const visit = (node: number, path: string, method = 'GET') => fetch(urlOf(node) + path, { method });

/** Answers as the page gets them, with its own session. */
const figure = (name: string) =>
  page.locator('.figures div', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd');

/** What a process says about a key. */
async function sentenceOn(node: number, key: string): Promise<string> {
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(`${urlOf(node)}/larder/api/explain?key=${key}`, { headers });
  return ((await answer.json()) as { explanation: { sentence: string } }).explanation.sentence;
}

async function open(section: string): Promise<void> {
  await page.getByRole('link', { name: section, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: section }).waitFor();
}

/** What axe finds: it runs outside the policy of the page. */
async function violations(): Promise<string[]> {
  const session = await context.newCDPSession(page);
  const evaluate = (expression: string) =>
    session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  await evaluate(await readFile(AXE, 'utf8'));
  const { result } = await evaluate('axe.run().then(({ violations }) => violations)');
  await session.detach();
  return (result.value as Violation[]).flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describeInBrowser('the dashboard of three processes', () => {
  it('refuses a wrong token, and opens with the right one', async () => {
    await page.goto(`${urlOf(0)}/larder`);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Admin token').fill('not the token of this app');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('This is not the admin token.').waitFor();
    expect(await violations()).toEqual([]);
    // Refusals are errors in the console of a browser.
    expect(faults.splice(0).every((fault) => fault.includes('401'))).toBe(true);
    await page.getByLabel('Admin token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
  }, 60_000);

  it('shows the calls of all processes, as the test has made them, without a reload', async () => {
    for (const node of [0, 1, 2]) {
      for (let call = 0; call < 10; call++) await visit(node, '/venues/7');
    }
    await visit(1, '/venues/8');
    await visit(0, '/venues?page=1');
    // Each process misses once; then Redis or a load gives the value.
    await until(async () => (await figure('Hit rate').textContent())?.includes('of 32 calls') ?? false, 15_000);
    expect(await figure('Hit rate').textContent()).toMatch(/^84\.4 %/);
    expect(await figure('Loads').textContent()).toMatch(/^3 /);
    const nodes = page.getByRole('region', { name: 'Processes' }).locator('tbody tr');
    expect(await nodes.count()).toBe(3);
    for (const { pid } of fleet.nodes) expect(await nodes.getByText(`:${pid}`).count()).toBe(1);
    expect(await nodes.getByText('1.4.0').count()).toBe(3);
  }, 60_000);

  it('shows the last hour at once when it is opened on another process', async () => {
    const other = await context.newPage();
    await other.goto(`${urlOf(1)}/larder/`);
    // The session of the first process: they have one token.
    const hitsOn = (shown: Page) =>
      shown.locator('.chart', { hasText: 'Hit rate' }).locator('figcaption b').textContent();
    // Of the last minute with calls: those of the test may have been made in two.
    await until(async () => {
      const hits = await hitsOn(page);
      return /^[\d.]+ %$/.test(hits ?? '') && hits === (await hitsOn(other).catch(() => ''));
    }, 15_000);
    expect(await other.locator('.chart canvas').count()).toBe(6);
    await other.close();
  }, 60_000);

  it('lists methods with their TTL, and why results were not cached', async () => {
    await open('Methods');
    const row = page.getByRole('row', { name: /^Venues\.one/ });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/^Venues\.one3187\.1 %2.*10mshared/);
    expect(await page.getByRole('row', { name: /^Venues\.list/ }).textContent()).toContain('5m + 1m stale');
  }, 30_000);

  it('explains a URL: fresh, then refused with what was invalidated, by whom and on which process', async () => {
    await open('Explain a key');
    await page.getByPlaceholder('venues:7, ["venues",7] or /v1/venues/7').fill('/venues/7');
    await page.keyboard.press('Enter');
    await page.getByText(/^Fresh: nothing that it depends on was invalidated/).waitFor();
    await visit(1, '/venues/7', 'PATCH');
    const maker = `by PATCH /venues/:id on [^ ]+:${fleet.nodes[1]?.pid}`;
    await until(async () => {
      await page.getByRole('button', { name: 'Explain' }).click();
      return new RegExp(`^Refused: tag venue:7 was invalidated [\\d.]+ m?s ago ${maker}\\.$`).test(
        (await page.locator('.sentence').textContent()) ?? '',
      );
    }, 15_000);
    expect(await page.locator('.verdict').textContent()).toContain('The next read loads it from its source.');
    expect(await page.locator('.tags').first().textContent()).toBe('key venueskey venues:7tag venue:7');
  }, 60_000);

  it('browses entries, and invalidates one after a preview, on every process', async () => {
    for (const node of [0, 1, 2]) await visit(node, '/venues/8');
    await open('Keys');
    await page.getByLabel('Prefix').fill('venues:8');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText(/^1 entry\./).waitFor();
    await page.getByRole('button', { name: 'Invalidate venues:8' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Matches 1 entry in the memory of this process and 1 entry in Redis.').waitFor();
    expect(await violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Invalidate' }).click();
    await page.getByText('Invalidated venues:8.', { exact: true }).waitFor();
    for (const node of [0, 1, 2]) {
      await until(async () => (await sentenceOn(node, 'venues:8')).startsWith('Refused: key venues:8'));
    }
  }, 60_000);

  it('clears everything in two steps, with the keyboard alone', async () => {
    for (const node of [0, 1, 2]) await visit(node, '/venues/9');
    await page.getByRole('button', { name: 'Request a token…' }).focus();
    await page.keyboard.press('Enter');
    const clear = page.getByRole('dialog').getByRole('button', { name: 'Clear' });
    await clear.waitFor();
    expect(await clear.isDisabled()).toBe(true);
    await page.getByLabel('Confirmation').focus();
    await page.keyboard.type('clear everything');
    await page.keyboard.press('Enter');
    await page.getByText('Cleared everything.', { exact: true }).waitFor();
    for (const node of [0, 1, 2]) {
      await until(async () => /^(Absent|Refused: everything was)/.test(await sentenceOn(node, 'venues:9')));
    }
  }, 60_000);

  it('runs a job, and shows its state, history, counters and flags', async () => {
    await visit(0, '/visits', 'POST');
    await open('Jobs, feed, sockets');
    await page.getByRole('button', { name: 'Run now: tidy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.getByText(/^tidy succeeded after/).waitFor();
    await page.getByRole('button', { name: 'History of tidy' }).click();
    const runs = page.getByRole('region', { name: 'Last runs of tidy' }).locator('tbody tr');
    await runs.waitFor();
    expect(await runs.textContent()).toContain('succeeded');
    expect(await page.getByRole('region', { name: 'Counters' }).textContent()).toContain('views');
    expect(await page.getByRole('region', { name: 'Flags' }).textContent()).toContain('LARDER_JOBS');
  }, 60_000);

  it('pauses a job on every process, says who did, and resumes it', async () => {
    const stateOn = async (node: number) => {
      const answer = await fetch(`${urlOf(node)}/larder/api/work`, { headers: { Authorization: `Bearer ${TOKEN}` } });
      return ((await answer.json()) as { jobs: { paused?: { by: string } }[] }).jobs[0]?.paused?.by;
    };
    await page.getByRole('button', { name: 'Pause: tidy' }).click();
    expect(await violations()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('tidy is paused.', { exact: true }).waitFor();
    await page.getByRole('row', { name: /paused by Ada since/ }).waitFor();
    expect(await Promise.all([0, 1, 2].map(stateOn))).toEqual(['Ada', 'Ada', 'Ada']);
    await page.getByRole('button', { name: 'Resume: tidy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByText('tidy is resumed.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Pause: tidy' }).waitFor();
    expect(await Promise.all([0, 1, 2].map(stateOn))).toEqual([undefined, undefined, undefined]);
  }, 60_000);

  it('lists who did what, on every process', async () => {
    await open('Actions');
    const rows = page.getByRole('region', { name: 'Actions' }).locator('tbody tr');
    await until(async () => (await rows.count()) === 6);
    const said = await rows.allTextContents();
    for (const action of [
      'Invalidated venues:8.',
      'Requested a token to clear everything.',
      'Cleared everything.',
      'Started the job tidy.',
      'Paused the job tidy.',
      'Resumed the job tidy.',
    ]) {
      expect(said.filter((row) => row.includes(`Ada${action}`))).toHaveLength(1);
    }
    const answer = await fetch(`${urlOf(2)}/larder/api/actions`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    expect(await answer.json()).toHaveLength(6);
  }, 30_000);

  it('can be used with the keyboard from the first key on', async () => {
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Methods' }).waitFor();
  }, 30_000);

  it.each(['light', 'dark'] as const)(
    'has no finding of axe and no wide page in the %s theme, from 360 pixels on',
    async (theme) => {
      await until(async () => {
        const button = page.getByRole('button', { name: / theme, change it$/ });
        if ((await button.textContent()) === `${theme} theme`) return true;
        await button.click();
        return false;
      });
      for (const width of [360, 800, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        for (const section of SECTIONS) {
          await open(section);
          await page.locator('main h1 ~ *').first().waitFor();
          const overflow = await page.evaluate<number>(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          expect([section, width, overflow]).toEqual([section, width, 0]);
          if (width === 360) expect(await violations()).toEqual([]);
          if (PICTURES === undefined) continue;
          await page.screenshot({
            path: `${PICTURES}/${section.replace(/\W+/g, '-')}-${width}-${theme}.png`,
            fullPage: true,
          });
        }
      }
    },
    120_000,
  );

  it('asks no other server for anything, and reports no errors in its console', () => {
    expect(strangers).toEqual([]);
    expect(faults).toEqual([]);
  });
});
