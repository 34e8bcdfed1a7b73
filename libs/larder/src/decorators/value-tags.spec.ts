import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Query } from '@nestjs/common';
import { json, NestApplications } from '../../../../test/support/nest-application.js';
import { type Cache, Cacheable, CacheableBatch, tag } from '../index.js';

interface Item {
  readonly id: string;
  readonly seller: string;
}

const sellers = (items: readonly Item[]) => items.map(({ seller }) => tag(`seller:${seller}`));

const applications = new NestApplications();
const rows = new Map<string, Item>();
let loads: string[];
let duringLoad: () => Promise<unknown>;
let cache: Cache;
let url: string;
let shop: Shop;

@Injectable()
class Shop {
  @Cacheable({
    key: (id: string) => ['items', id],
    tags: (id: string) => [`item:${id}`],
    valueTags: ({ seller }: Item) => [`seller:${seller}`],
    cacheNull: true,
  })
  async one(id: string): Promise<Item | null> {
    loads.push(id);
    const found = rows.get(id) ?? null;
    await duringLoad();
    return found;
  }

  @CacheableBatch({ key: (id: string) => ['batch', id], valueTags: (item: Item) => sellers([item]) })
  async many(ids: readonly string[]): Promise<(Item | undefined)[]> {
    loads.push(...ids);
    return ids.map((id) => rows.get(id));
  }
}

@Controller('items')
class Items {
  @Get()
  @Cacheable({
    key: ({ page = '1' }: { page?: string }) => ['items', 'list', page],
    valueTags: sellers,
    scope: 'shared',
  })
  async list(@Query() { page = '1' }: { page?: string }): Promise<Item[]> {
    loads.push(`page ${page}`);
    return [...rows.values()].filter(({ id }) => id.startsWith(page));
  }
}

beforeEach(async () => {
  loads = [];
  duringLoad = async () => {};
  rows.clear();
  for (const id of ['11', '12', '21']) rows.set(id, { id, seller: id === '21' ? 'ben' : 'ana' });
  const running = await applications.start({ providers: [Shop], controllers: [Items] });
  cache = running.cache;
  url = running.url;
  shop = running.app.get(Shop);
});
afterEach(() => applications.close());

const loadsOf = async (work: () => Promise<unknown>) => {
  loads = [];
  await work();
  return loads;
};

it('a tag that depends on the value invalidates that value, and no other', async () => {
  const read = () => Promise.all(['11', '12', '21'].map((id) => shop.one(id)));
  await read();
  await cache.invalidate(tag('seller:ben'));
  expect(await loadsOf(read)).toEqual(['21']);
  await cache.invalidate(tag('seller:ana'));
  expect(await loadsOf(read)).toEqual(['11', '12']);
  await cache.invalidate(tag('item:12'));
  expect(await loadsOf(read)).toEqual(['12']);
});

it('a tag that depends on the value invalidates each such value of a batch', async () => {
  const read = () => shop.many(['11', '12', '21', '99']);
  await read();
  await cache.invalidate(tag('seller:ben'));
  // A missing value is not stored.
  expect(await loadsOf(read)).toEqual(['21', '99']);
});

it('a tag that depends on the value invalidates a list of a cached route', async () => {
  const read = () => Promise.all([1, 2].map((page) => json(`${url}/items?page=${page}`)));
  await read();
  expect(await loadsOf(read)).toEqual([]);
  await cache.invalidate(tag('seller:ben'));
  expect(await loadsOf(read)).toEqual(['page 2']);
});

it('a value whose tag is invalidated during its load is returned but not stored', async () => {
  duringLoad = () => cache.invalidate(tag('seller:ana'));
  expect(await shop.one('11')).toEqual(rows.get('11'));
  duringLoad = async () => {};
  expect(await loadsOf(() => shop.one('11'))).toEqual(['11']);
  expect(await loadsOf(() => shop.one('11'))).toEqual([]);
});

it('valueTags is not called for null', async () => {
  expect(await shop.one('99')).toBeNull();
  expect(await loadsOf(() => shop.one('99'))).toEqual([]);
  await cache.invalidate(tag('item:99'));
  expect(await loadsOf(() => shop.one('99'))).toEqual(['99']);
});

it('a warmed value has its tags', async () => {
  await cache.warm(shop.one, [['21']]);
  await cache.invalidate(tag('seller:ben'));
  expect(await loadsOf(() => shop.one('21'))).toEqual(['21']);
});
