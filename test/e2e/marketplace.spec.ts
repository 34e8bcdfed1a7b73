import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Item,
  itemPage,
  type ListedItem,
  type Offer,
  type ViewedItem,
  viewedItem,
} from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import type { ProblemDetails } from '../../apps/arena/src/platform/http/problems/problem.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';

let arena: RunningArena;
let seller: string;
let bidder: string;

beforeAll(async () => {
  arena = await runArena();
  [seller, bidder] = await Promise.all([arena.signIn(1), arena.signIn(2)]);
}, 60_000);
afterAll(() => arena.close());

const THING = { title: 'Walnut bridge', description: 'One of a kind.', condition: 'worn', priceCents: 1_001 };

const list = (query: string) => arena.get<Page<ListedItem>>(`/marketplace/items?${query}`);
const put = async (thing: object = THING) => (await arena.send<Item>('POST', '/marketplace/items', seller, thing)).body;
const bid = <Body = Offer>(id: string, amountCents: unknown, token = bidder) =>
  arena.send<Body>('POST', `/marketplace/items/${id}/offers`, token, { amountCents });
const look = async (id: string) => (await arena.get<ViewedItem>(`/marketplace/items/${id}`)).body;
/** The fields of an item that a view does not change. */
const lookAt = async (id: string) => {
  const { views: _, ...thing } = await look(id);
  return thing;
};
const type = (name: string) => `tag:arena.test,2026:${name}`;

describe('the list of items', () => {
  it('matches its schema, with no other fields', async () => {
    const { status, body } = await list('');
    expect(status).toBe(200);
    expect(itemPage.parse(body)).toEqual(body);
    expect(body.total).toBeGreaterThan(15_000);
  });

  it('is sorted by the parameter sort', async () => {
    const prices = async (sort: string) =>
      (await list(`sort=${sort}&perPage=100`)).body.items.map(({ priceCents }) => priceCents);
    const [up, down] = [await prices('price'), await prices('-price')];
    expect(up).toEqual([...up].sort((a, b) => a - b));
    expect(down).toEqual([...down].sort((a, b) => b - a));
    const dates = (await list('perPage=100')).body.items.map(({ createdAt }) => createdAt);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it('finds titles with all words, in any order and case', async () => {
    const { body } = await list('q=CUE%20break&perPage=100');
    expect(body.total).toBeGreaterThan(100);
    expect(body.items.every(({ title }) => /\bBreak cue\b/.test(title))).toBe(true);
    expect((await list('q=break,+cue')).body.total).toBe(body.total);
    expect((await list('q=brea')).body.total).toBe(0);
  });

  it('finds words of other scripts', async () => {
    const { id } = await put({ ...THING, title: 'Żółty kij №7 – Größe 弐' });
    for (const q of ['żółty', 'GRÖSSE größe', 'kij', '7', '弐']) {
      const { body } = await list(`q=${encodeURIComponent(q)}&perPage=100`);
      if (q.includes('GRÖSSE')) expect(body.total).toBe(0);
      else expect(body.items.map((found) => found.id)).toContain(id);
    }
  });

  it.each(['q=', 'q=%20', 'q=!!!', 'q=%00', `q=${'x'.repeat(101)}`, 'sort=cheap', 'seller=1'])(
    'takes no %s',
    async (query) => {
      expect((await list(query)).status).toBe(400);
    },
  );

  it('omits items that were sold or withdrawn', async () => {
    const { id } = await put({ ...THING, title: 'Unicorn rack' });
    expect((await list('q=unicorn')).body.total).toBe(1);
    await arena.send('PATCH', `/marketplace/items/${id}`, seller, { status: 'sold' });
    expect((await list('q=unicorn')).body.total).toBe(0);
    expect((await look(id)).status).toBe('sold');
  });
});

describe('an item', () => {
  it('is found by its new title at once, and by the old one no more', async () => {
    const { id } = await put({ ...THING, title: 'Amber chalk' });
    const foundBy = async (q: string) => (await list(`q=${q}`)).body.items.some((found) => found.id === id);
    expect([await foundBy('amber'), await foundBy('cobalt')]).toEqual([true, false]);
    await arena.send('PATCH', `/marketplace/items/${id}`, seller, { title: 'Cobalt chalk' });
    expect([await foundBy('amber'), await foundBy('cobalt')]).toEqual([false, true]);
  });

  it('matches its schema', async () => {
    const body = await look('1');
    expect(viewedItem.parse(body)).toEqual(body);
    expect(body).toMatchObject({ id: '1', status: 'available', seller: { id: '3' } });
  });

  it('is a 404 for an unknown id, and a 400 for an invalid one', async () => {
    expect(await arena.get('/marketplace/items/123456789')).toMatchObject({ status: 404 });
    expect(await arena.get('/marketplace/items/abc')).toMatchObject({ status: 400 });
  });

  it('belongs to the player who created it', async () => {
    const { status, body } = await arena.send<Item>('POST', '/marketplace/items', seller, THING);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...THING,
      status: 'available',
      seller: { id: '1' },
      offers: { open: 0, bestCents: null },
    });
    expect(await lookAt(body.id)).toEqual(body);
    expect(await arena.send('PATCH', `/marketplace/items/${body.id}`, bidder, { title: 'Mine' })).toMatchObject({
      status: 403,
      body: { type: type('not-your-item') },
    });
  });

  it('stays cached when a change of it is refused', async () => {
    const item = await put();
    await lookAt(item.id);
    const refused = [
      await arena.send('PATCH', `/marketplace/items/${item.id}`, bidder, { title: 'Mine' }),
      await arena.send('PATCH', `/marketplace/items/${item.id}`, undefined, { title: 'Mine' }),
      await arena.send('PATCH', `/marketplace/items/${item.id}`, seller, { priceCents: -1 }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 401, 400]);
    expect(await arena.queriesOf(() => lookAt(item.id))).toBe(0);
    expect(await arena.send('PATCH', '/marketplace/items/123456789', seller, { title: 'Mine' })).toMatchObject({
      status: 404,
    });
  });

  it('has only the sent fields changed by its seller', async () => {
    const before = await put();
    const { body } = await arena.send<Item>('PATCH', `/marketplace/items/${before.id}`, seller, { priceCents: 900 });
    expect(body).toEqual({ ...before, priceCents: 900 });
    expect(await lookAt(before.id)).toEqual(body);
  });

  it('is created and changed only by signed-in players, with valid fields', async () => {
    expect(await arena.send('POST', '/marketplace/items', undefined, THING)).toMatchObject({ status: 401 });
    const { body } = await arena.send<ProblemDetails>('POST', '/marketplace/items', seller, {
      ...THING,
      title: 'NUL \0',
      condition: 'broken',
      priceCents: 0,
      sellerId: '2',
    });
    expect(body.errors?.map(({ field }) => field).sort()).toEqual(['condition', 'priceCents', 'sellerId', 'title']);
    expect(await arena.send('PATCH', '/marketplace/items/1', seller, { status: 'stolen' })).toMatchObject({
      status: 400,
    });
  });
});

describe('an offer', () => {
  it('shows on the page of the item: how many are open, and the best', async () => {
    const { id } = await put();
    expect((await look(id)).offers).toEqual({ open: 0, bestCents: null });
    const { status, body } = await bid(id, 600);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^\d+$/),
      itemId: id,
      bidderId: '2',
      amountCents: 600,
      status: 'open',
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
    });
    await bid(id, 800, await arena.signIn(3));
    expect((await look(id)).offers).toEqual({ open: 2, bestCents: 800 });
  });

  it('replaces the earlier offer of the same bidder', async () => {
    const { id } = await put();
    await bid(id, 900);
    await bid(id, 700);
    expect((await look(id)).offers).toEqual({ open: 1, bestCents: 700 });
  });

  it('is open once when its bidder makes it several times at once', async () => {
    const { id } = await put();
    const answers = await Promise.all(Array.from({ length: 8 }, () => bid(id, 700)));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect((await look(id)).offers).toEqual({ open: 1, bestCents: 700 });
  });

  it('is from half the price to the full price', async () => {
    const { id } = await put();
    const amounts = [500, 501, 1_001, 1_002];
    const answers = await Promise.all(amounts.map((amount) => bid<ProblemDetails>(id, amount)));
    expect(answers.map(({ status }) => status)).toEqual([422, 201, 201, 422]);
    expect(answers[0]?.body).toMatchObject({ type: type('unfair-amount') });
    for (const amount of [0, -1, 1.5, '700', null, 1e12]) expect((await bid(id, amount)).status).toBe(400);
  });

  it("is refused on one's own item, on a sold or unknown one, and without a token", async () => {
    const { id } = await put();
    expect(await bid(id, 700, seller)).toMatchObject({ status: 409, body: { type: type('own-item') } });
    await arena.send('PATCH', `/marketplace/items/${id}`, seller, { status: 'withdrawn' });
    expect(await bid(id, 700)).toMatchObject({ status: 409, body: { type: type('item-not-available') } });
    expect(await bid('123456789', 700)).toMatchObject({ status: 404 });
    expect(await bid(id, 700, '')).toMatchObject({ status: 401 });
  });
});
