import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser/chromium.js';
import { Visitors } from '../support/browser/visitors.js';

/** Markup, emoji and no place to break: as long as a title may be. */
const HOSTILE = `<img src=x onerror=alert(1)>🎱${'W'.repeat(90)}`;

let visitors: Visitors;

beforeAll(async () => {
  visitors = await Visitors.start();
}, 60_000);
afterAll(() => visitors?.stop());

async function sell(page: Page, title: string): Promise<void> {
  await page.getByLabel('Title', { exact: true }).fill(title);
  await page.getByLabel('Description').fill('As good as new.');
  await page.getByLabel('Price in euros').fill('100');
}

const signUp = async (page: Page, name: string, email: string) => {
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Your address').fill(email);
  await page.getByLabel('A password').fill('chalk-and-cue');
  await page.getByRole('button', { name: 'Sign up' }).click();
};

/** The faults that browsers report for answers with these statuses; takes them from the list. */
function expectOnly(...statuses: readonly number[]): void {
  const others = visitors.faults
    .splice(0)
    .filter((fault) => !statuses.some((status) => fault.includes(`status of ${status}`)));
  expect(others).toEqual([]);
}

describeInBrowser('a visitor', () => {
  it('who clicks twice sells one item', async () => {
    const context = await visitors.visitor(3);
    const page = await visitors.open(context, '/app/market', 'Offer it for sale');
    let sent = 0;
    let release = () => {};
    const clickedTwice = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/marketplace/items', async (route) => {
      sent++;
      await clickedTwice;
      await route.continue();
    });
    await sell(page, 'Sold once');
    await page.getByRole('button', { name: 'Offer it for sale' }).dblclick();
    release();
    await page.getByText('None is open.').waitFor();
    expect(sent).toBe(1);
    await context.close();
    expectOnly();
  }, 30_000);

  it('who signs in on the way is back where they came from', async () => {
    const context = await visitors.visitor();
    const page = await visitors.open(context, '/app/tournaments/2', 'Sign in');
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await signUp(page, 'Yuri', 'yuri@example.com');
    await page.waitForURL('**/app/tournaments/2');
    await context.close();
    expectOnly();
  }, 30_000);

  it.each([
    ['elsewhere', 'https://elsewhere.example/', 'uma@example.com'],
    ['nowhere', 'http://[', 'una@example.com'],
  ])(
    'who comes with a link to %s is not sent there after signing in',
    async (_, from, email) => {
      const context = await visitors.visitor();
      const page = await visitors.open(context, `/app/account?from=${from}`, 'Create an account');
      await signUp(page, 'Uma', email);
      await page.getByRole('heading', { name: 'Uma' }).waitFor();
      expect(new URL(page.url()).origin).toBe(visitors.url);
      await context.close();
      expectOnly();
    },
    30_000,
  );

  it('whose token is of an earlier database is a guest again', async () => {
    const context = await visitors.visitor();
    const page = await visitors.open(context, '/', 'In the database');
    const claims = { sub: '1', name: 'Ada', exp: 4_000_000_000 };
    const forged = `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
    for (const path of ['/app/calls', '/app/tournaments/1', '/live']) {
      await page.evaluate(`localStorage.setItem('arena-token', '${forged}')`);
      await page.goto(visitors.url + path);
      if (path === '/live') await page.locator('circle').first().waitFor({ state: 'attached' });
      else await page.getByText('Sign in').first().waitFor();
      expect(await page.evaluate("localStorage.getItem('arena-token')")).toBeNull();
    }
    await context.close();
    expectOnly(401);
  }, 30_000);

  it('who filters a list finds it so after the way back', async () => {
    const context = await visitors.visitor();
    const page = await visitors.open(context, '/app/tournaments', 'Page 1 of');
    await page.getByLabel('Status').selectOption('finished');
    await page.getByText('finished.').first().waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2 of').waitFor();
    await page.locator('.cards a').first().click();
    await page.getByText('Results').waitFor();
    await page.goBack();
    await page.getByText('Page 2 of').waitFor();
    expect(await page.getByLabel('Status').inputValue()).toBe('finished');

    await page.goto(`${visitors.url}/app/market`);
    await page.getByLabel('Words of the title').fill('cue');
    await page.getByLabel('Order').selectOption('price');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL('**/app/market?q=cue&sort=price');
    await page.reload();
    await page.getByText('Page 1 of').waitFor();
    expect(await page.getByLabel('Words of the title').inputValue()).toBe('cue');
    expect(await page.getByLabel('Order').inputValue()).toBe('price');
    await context.close();
    expectOnly();
  }, 30_000);

  it('sees markup, emoji and long words of others as text that fits', async () => {
    const context = await visitors.visitor(undefined, { viewport: { width: 360, height: 800 } });
    const page = await visitors.open(context, '/app/account', 'Create an account');
    await signUp(page, HOSTILE.slice(0, 80), 'hostile@example.com');
    await page.getByText('hostile@example.com').waitFor();
    const fits = async () => {
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      expect(await page.locator('main img').count()).toBe(0);
    };
    await fits();
    await page.goto(`${visitors.url}/app/market`);
    await sell(page, HOSTILE);
    await page.getByRole('button', { name: 'Offer it for sale' }).click();
    await page.getByRole('heading', { name: HOSTILE }).waitFor();
    await page.getByText('None is open.').waitFor();
    await fits();
    await page.goto(`${visitors.url}/app/market`);
    await page.getByText(HOSTILE).waitFor();
    await fits();
    await page.goto(`${visitors.url}/app/account`);
    await page.getByText(HOSTILE).waitFor();
    await fits();
    await context.close();
    expectOnly();
  }, 30_000);

  it('reads why a form was refused, and that another one was accepted', async () => {
    const context = await visitors.visitor(4);
    const page = await visitors.open(context, '/app/account', 'player4@arena.test');
    const change = async (current: string) => {
      await page.getByLabel('Current password').fill(current);
      await page.getByLabel('New password').fill('chalk-and-cue');
      await page.getByRole('button', { name: 'Change the password' }).click();
    };
    await change('wrong');
    await page.getByRole('alert').getByText('The current password is wrong.').waitFor();
    await change('arena');
    await page.getByRole('status').getByText('The password is changed.').waitFor();
    expect(await page.getByText('The current password is wrong.').count()).toBe(0);
    await page.getByLabel('New name').fill('   ');
    await page.getByRole('button', { name: 'Change the name' }).click();
    await page.getByRole('alert').getByText('name: Too small').waitFor();
    await page.goto(`${visitors.url}/app/market`);
    await page.getByLabel('Words of the title').fill('!!!');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('q: Must contain a letter or a digit.').waitFor();
    await context.close();
    expectOnly(400, 403);
  }, 30_000);
});
