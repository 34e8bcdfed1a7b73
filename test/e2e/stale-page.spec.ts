import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Item } from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;
const clock = new FakeClock();
let arena: RunningArena;
let database: SideDoor;
let seller: string;

beforeAll(async () => {
  // A change that no node sees shows which answers were stale: the change feed would deliver it.
  arena = await runArena({ clock, changeFeed: false });
  database = await SideDoor.open(arena.dataDir);
  seller = await arena.signIn(1);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

const look = async (id: string) => (await arena.get<Item>(`/marketplace/items/${id}`)).body;
/** Writes past arena, so that it invalidates nothing. */
const retitle = (id: string, title: string) => database.run(`update items set title = '${title}' where id = ${id}`);

it('a page is served stale for 15 minutes past its TTL while one refresh runs', async () => {
  const { title } = await look('40');
  await retitle('40', 'Fetched behind');
  clock.advance(30 * MINUTE - 1);
  await database.whileLocked('items', async () => {
    // The lock blocks every query of the table: only the cache can serve the page.
    expect((await look('40')).title).toBe(title);
    await database.untilAQueryWaits();
  });
  await until(async () => (await look('40')).title === 'Fetched behind');
});

it('a stale page is refreshed once for many simultaneous requests', async () => {
  await look('41');
  clock.advance(20 * MINUTE);
  await retitle('41', 'Fetched once');
  const statements = await arena.statementsOf(async () => {
    await database.whileLocked('items', async () => {
      await Promise.all(Array.from({ length: 20 }, () => look('41')));
      await database.untilAQueryWaits();
    });
    await until(async () => (await look('41')).title === 'Fetched once');
  });
  // The views are read too, by another query.
  expect(statements.filter((text) => text.includes('"items"."description"'))).toHaveLength(1);
});

it('a page 30 minutes old is not served stale', async () => {
  await look('43');
  await retitle('43', 'Too late');
  clock.advance(30 * MINUTE);
  expect((await look('43')).title).toBe('Too late');
});

it('a page that was written through is served stale for as long', async () => {
  await arena.send('PATCH', '/marketplace/items/2', seller, { title: 'Written' });
  await retitle('2', 'Changed behind');
  clock.advance(29 * MINUTE);
  expect((await look('2')).title).toBe('Written');
  await until(async () => (await look('2')).title === 'Changed behind');
});

it('an invalidated page is not served stale', async () => {
  const { priceCents } = await look('1');
  clock.advance(16 * MINUTE);
  const offer = await arena.send('POST', '/marketplace/items/1/offers', seller, { amountCents: priceCents });
  expect(offer).toMatchObject({ status: 201 });
  expect((await look('1')).offers.bestCents).toBe(priceCents);
});
