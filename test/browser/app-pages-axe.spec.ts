import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser/chromium.js';
import { Visitors } from '../support/browser/visitors.js';

/** Every page, as the demo player 1 sees it, and what it shows when it is complete. */
const PAGES: readonly (readonly [path: string, shows: string])[] = [
  ['/', 'In the database'],
  ['/live', 'Live'],
  ['/app/tournaments', 'Page 1 of'],
  ['/app/tournaments/8', 'Results'],
  ['/app/venues', 'tables'],
  ['/app/venues/1', 'Next tournaments'],
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
  [undefined, '/app/venues/999999', 'There is no venue 999999.'],
  [undefined, '/app/nowhere', 'There is no page nowhere.'],
  [undefined, '/nowhere', 'Cannot GET /nowhere'],
  [undefined, '/v1/tournaments?perPage=0', 'perPage: Too small'],
  [undefined, '/me', 'to see what belongs to you'],
];
const WIDTHS = [360, 800, 1280];

let visitors: Visitors;
let axe: string;

beforeAll(async () => {
  visitors = await Visitors.start();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
}, 60_000);
afterAll(() => visitors?.stop());

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
      const context = await visitors.visitor(1, { colorScheme, bypassCSP: true });
      for (const [path, shows] of PAGES) await inspect(await visitors.open(context, path, shows), path);
      await context.close();
    },
    90_000,
  );

  it.each(['light', 'dark'] as const)(
    'are as good for a guest, without data, and for what does not exist, in a %s theme',
    async (colorScheme) => {
      for (const [player, path, shows] of EMPTY_PAGES) {
        const context = await visitors.visitor(player, { colorScheme, bypassCSP: true });
        const page = await visitors.open(context, path, shows);
        const [, , name, id] = path.split('/');
        // Each page about one thing leads to all of them.
        if (path.startsWith('/app/') && id !== undefined)
          expect(await page.locator(`main a[href="/app/${name}"]`).count()).toBe(1);
        await inspect(page, path);
        await context.close();
      }
      // Browsers report refusals themselves.
      expect(visitors.faults.splice(0).filter((fault) => !/status of 4/.test(fault))).toEqual([]);
    },
    90_000,
  );
});
