import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser/chromium.js';
import { Visitors } from '../support/browser/visitors.js';

let visitors: Visitors;

/** Of this path, with or without a query: a page may list paths that begin with it first. */
function sourceOf(page: Page, path: string): Locator {
  const text = new RegExp(`^${path.replace('?', '[?]')}([?&]|$)`);
  return page.locator('.source > ul > li').filter({ has: page.locator('p').getByText(text) });
}

/** More than once, because the first load of new queries is not stored: the first click may come before the page's own second load. */
async function readUntilHit(source: Locator): Promise<void> {
  const hit = source.getByText('the cache (hit, in memory)').first();
  let isShown = false;
  for (let click = 0; !isShown && click < 10; click++) {
    await source.getByRole('button', { name: 'Read again' }).click();
    isShown = await hit.waitFor({ timeout: 2000 }).then(
      () => true,
      () => false,
    );
  }
  expect(await source.textContent()).toContain('the cache (hit, in memory)');
}

beforeAll(async () => {
  visitors = await Visitors.start();
}, 60_000);
afterAll(() => visitors?.stop());

describeInBrowser('the pages', () => {
  it('link to each other, and are usable by keyboard alone', async () => {
    const context = await visitors.visitor();
    const page = await visitors.open(context, '/', 'In the database');
    const press = async (times: number) => {
      for (let time = 0; time < times; time++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
    };
    await press(1);
    expect(new URL(page.url()).hash).toBe('#main');
    await page.goto(visitors.url);
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
    const [seller, buyer] = [await visitors.visitor(), await visitors.visitor(2)];
    const selling = await visitors.open(seller, '/app/account', 'Create an account');
    await selling.getByLabel('Your name').fill('Zoe');
    await selling.getByLabel('Your address').fill('zoe@example.com');
    await selling.getByLabel('A password').fill('chalk-and-cue');
    await selling.getByRole('button', { name: 'Sign up' }).click();
    await selling.getByRole('heading', { name: 'Zoe' }).waitFor();

    await selling.goto(`${visitors.url}/app/tournaments/1`);
    await selling.getByRole('button', { name: 'Enter' }).click();
    await selling.getByRole('button', { name: 'Withdraw' }).waitFor();

    await selling.goto(`${visitors.url}/app/market`);
    await selling.getByLabel('Title', { exact: true }).fill('Zebra cue');
    await selling.getByLabel('Description').fill('Stripes.');
    await selling.getByLabel('Price in euros').fill('100');
    await selling.getByRole('button', { name: 'Offer it for sale' }).click();
    await selling.getByText('None is open.').waitFor();

    const [news, elsewhere] = [
      await visitors.open(buyer, '/app/notifications', 'unread'),
      await visitors.open(buyer, '/app/tournaments', 'Page 1 of'),
    ];
    const buying = await visitors.open(buyer, new URL(selling.url()).pathname, 'Zebra cue');
    await buying.getByLabel('Euros').fill('80');
    await buying.getByRole('button', { name: 'Make an offer' }).click();
    await selling.getByRole('button', { name: 'Accept 80.00 €' }).click();
    await buying.getByText('sold', { exact: true }).waitFor();
    for (const page of [news, elsewhere])
      await page.getByRole('status').getByText('Offer accepted: "Zebra cue" is yours for 80.00 €.').waitFor();
    await Promise.all([seller.close(), buyer.close()]);
  }, 60_000);

  it('show a hit, and its invalidation by plain SQL', async () => {
    const context = await visitors.visitor();
    const page = await visitors.open(context, '/app/tournaments/3', 'Places');
    await page.getByText('Where this page came from').click();
    const source = sourceOf(page, '/v1/tournaments/3');
    await readUntilHit(source);
    expect(await source.getByText('tournaments:3', { exact: true }).count()).toBe(1);
    await visitors.runSql("update tournaments set name = 'Renamed by SQL' where id = 3");
    await page.getByRole('heading', { name: 'Renamed by SQL' }).waitFor();
    await source.getByText('invalidated: the new value came by itself').waitFor();

    await page.goto(`${visitors.url}/larder/`);
    await page.getByRole('link', { name: 'Explain a key' }).click();
    await page.getByLabel('Key or URL').fill('/v1/tournaments/3');
    await page.keyboard.press('Enter');
    await page.getByText('The URL leads to TournamentsController.one.').waitFor();
    const rows = page.getByRole('region', { name: 'Last invalidations of all processes' }).locator('tbody tr');
    const [why] = await rows.filter({ hasText: 'tournaments.id = 3' }).allTextContents();
    expect(why).toContain('row change');
    await context.close();
  }, 30_000);

  const OWN: readonly (readonly [page: string, path: string, dependsOn: string])[] = [
    ['/live', '/v1/tournaments?perPage=10', 'tournaments:list'],
    ['/app/venues', '/v1/venues', 'venues'],
    ['/app/venues/1', '/v1/venues/1', 'venue:1'],
    ['/app/market/530', '/marketplace/items/530/offers', 'items:530:offers'],
    ['/app/notifications', '/notifications/unread-count', 'user:1:notifications'],
    ['/app/calls', '/dashboard', 'dashboard:1:page'],
    ['/app/releases', '/v1/products', 'products:list'],
    ['/app/account', '/me', 'user:1:me'],
    ['/app/account', '/marketplace/my/items', 'user:1:market:items'],
  ];

  it('show the tier, the age and the dependencies of each value, also of those of one user', async () => {
    const context = await visitors.visitor(1);
    for (const [path, value, key] of OWN) {
      const page = await visitors.open(context, path, 'Where this page came from');
      await page.getByText('Where this page came from').click();
      const source = sourceOf(page, value);
      await readUntilHit(source);
      const facts = await source.locator('dl').textContent();
      expect([value, facts]).toEqual([value, expect.stringMatching(/Age\d+\.\d s; it expires in /)]);
      expect([value, facts]).toEqual([value, expect.stringContaining(key)]);
      await page.close();
    }
    await context.close();
  }, 60_000);

  it('show how an organiser finishes a tournament, and the results in another browser', async () => {
    const [organiser, guest] = [await visitors.visitor(1), await visitors.visitor()];
    await visitors.runSql("update tournaments set status = 'open' where id = 4");
    const page = await visitors.open(organiser, '/app/tournaments/4', 'Organise');
    await page.getByLabel('New status').selectOption('running');
    await page.getByRole('button', { name: 'Change the status' }).click();
    await page.getByLabel('Winner').waitFor();
    const other = await visitors.open(guest, '/app/tournaments/4', 'Players');
    await page.getByRole('button', { name: 'Finish' }).click();
    await other.getByText('Results').waitFor();
    await other.getByText('1.', { exact: true }).waitFor();
    await Promise.all([organiser.close(), guest.close()]);
  }, 30_000);

  it('show a new price and a withdrawal in another browser', async () => {
    const [seller, guest] = [await visitors.visitor(1), await visitors.visitor()];
    await visitors.runSql("update items set status = 'available' where id = 530");
    const selling = await visitors.open(seller, '/app/market/530', 'Change the price');
    const looking = await visitors.open(guest, '/app/market/530', 'Sign in');
    await selling.getByLabel('New price in euros').fill('123.45');
    await selling.getByRole('button', { name: 'Change the price' }).click();
    await looking.getByText('123.45 €').waitFor();
    await selling.getByRole('button', { name: 'Do not sell it' }).click();
    await looking.getByText('withdrawn', { exact: true }).waitFor();
    await Promise.all([seller.close(), guest.close()]);
  }, 30_000);

  it('report no errors, and request nothing from elsewhere', () => {
    expect(visitors.faults).toEqual([]);
  });
});
