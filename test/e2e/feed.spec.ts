import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itemPage, type ListedItem } from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';

let arena: RunningArena;

beforeAll(async () => {
  arena = await runArena();
}, 60_000);
afterAll(() => arena.close());

const feed = (query = '') => arena.get<Page<ListedItem>>(`/marketplace/feed?type=discover&${query}`);

describe('the discover feed', () => {
  it('matches its schema, and shows the first page by default', async () => {
    const { status, body } = await feed();
    expect(status).toBe(200);
    expect(itemPage.parse(body)).toEqual(body);
    expect(body).toMatchObject({ page: 1, perPage: 20 });
    expect((await arena.get('/marketplace/feed')).body).toEqual(body);
  });

  it('shows one item of every seller before a second one of any, the newest first', async () => {
    const pages = await Promise.all([1, 2, 3].map((page) => feed(`page=${page}&perPage=100`)));
    const shown = pages.flatMap(({ body }) => body.items);
    const firstTurn = new Set(shown.slice(0, 200).map(({ seller }) => seller.id));
    expect(firstTurn.size).toBe(200);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(300);
    const dates = shown.slice(0, 200).map(({ createdAt }) => createdAt);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it('shows every available item, and nothing else', async () => {
    const { body } = await feed('perPage=1');
    const last = await feed(`page=${body.total}&perPage=1`);
    expect(last.body.items).toHaveLength(1);
    expect((await feed(`page=${body.total + 1}&perPage=1`)).body.items).toEqual([]);
  });

  it('shows a new item at once', async () => {
    await feed();
    const thing = { title: 'Brand new rack', description: 'Just now.', condition: 'new', priceCents: 900 };
    await arena.send('POST', '/marketplace/items', await arena.signIn(9), thing);
    expect((await feed()).body.items[0]?.title).toBe('Brand new rack');
  });

  it.each(['type=hot', 'type=', 'type=discover&type=discover', 'page=0', 'page=x', 'perPage=101', 'sort=price'])(
    'takes no %s',
    async (query) => {
      const { status, body } = await arena.get(`/marketplace/feed?${query}`);
      expect([status, body]).toEqual([400, expect.objectContaining({ type: 'tag:arena.test,2026:invalid-request' })]);
    },
  );
});
