import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CacheStats } from 'nest-larder';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const TOKEN = 'open-sesame-4711-4712';
let arena: RunningArena;
beforeAll(async () => {
  arena = await runArena({ adminToken: TOKEN });
}, 60_000);
afterAll(() => arena.close());

const items = (page: number, perPage: number) => ['items', 'list', {}, { sort: 'newest', page, perPage }];
const feed = (page: number, perPage: number) => ['marketplace', 'feed', 'discover', { page, perPage }];

async function isStored(key: unknown): Promise<boolean> {
  const path = `/admin/cache/inspect?key=${encodeURIComponent(JSON.stringify(key))}`;
  return (await arena.get(path, TOKEN)).status === 200;
}

describe.each([
  ['/marketplace/items?', 'MarketplaceController.list', items],
  ['/marketplace/feed?type=discover&', 'FeedController.page', feed],
])('%s', (route, method, keyOf) => {
  const page = (number: number, perPage = 10) => arena.get(`${route}page=${number}&perPage=${perPage}`);
  const figures = async () =>
    (await arena.get<CacheStats>('/admin/cache/stats', TOKEN)).body.methods[method] ?? { hits: 0, misses: 0, loads: 0 };

  it('loads the next page before it is requested, and no further one', async () => {
    await page(1);
    await until(() => isStored(keyOf(2, 10)));
    expect(await isStored(keyOf(3, 10))).toBe(false);
    await page(2);
    expect(await figures()).toMatchObject({ hits: 1, misses: 1 });
    await until(() => isStored(keyOf(3, 10)));
    expect(await isStored(keyOf(4, 10))).toBe(false);
  });

  it('loads each page once in a crawl of 50 pages, and one more', async () => {
    const before = await figures();
    for (let number = 1; number <= 50; number++) {
      await page(number, 7);
      await until(() => isStored(keyOf(number + 1, 7)));
    }
    const { hits, misses, loads } = await figures();
    expect([hits - before.hits, misses - before.misses, loads - before.loads]).toEqual([49, 1, 51]);
  }, 60_000);
});

it('does not wait for the next page', async () => {
  await arena.get('/marketplace/items?perPage=33');
  await until(() => isStored(items(2, 33)));
  const database = await SideDoor.open(arena.dataDir);
  await database.whileLocked('items', async () => {
    // Page 3 cannot be read: page 2 is still answered.
    expect((await arena.get('/marketplace/items?perPage=33&page=2')).status).toBe(200);
    await database.untilAQueryWaits();
  });
  await database.close();
});
