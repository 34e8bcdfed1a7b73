import { describe, expect, it } from '@jest/globals';
import {
  Cacheable,
  CacheableBatch,
  CacheInvalidate,
  type CacheOptions,
  CacheWriteThrough,
  defineKeys,
  type Key,
  tag,
} from '../index.js';

// What the compiler must accept and reject. If a line under `@ts-expect-error` compiles, `npm run types` fails.
const keys = defineKeys('items', { one: (id: string) => [id], page: (query: { page: number }) => ['list', query] });

class Fitting {
  @Cacheable({ key: keys.one })
  async one(id: string, _verbose?: boolean) {
    return { id };
  }

  @Cacheable({
    key: keys.page,
    tags: [tag('items'), 'venue:7'],
    ttl: '5m',
    when: () => true,
  })
  async list(query: { page: number; extra?: string }) {
    return [query.page];
  }

  @CacheWriteThrough({
    key: keys.one,
    targets: (_id: string, change: { n: number }, result: { sum: number }) => [
      keys.page({ page: change.n + result.sum }),
    ],
  })
  async write(_id: string, change: { n: number }) {
    return { sum: change.n };
  }

  @CacheInvalidate({ targets: (id: string, result: boolean) => (result ? [keys.one(id), keys.all] : []) })
  async remove(id: string) {
    return id !== '';
  }

  @CacheInvalidate({ targets: [keys.all, tag('x')] })
  async clear() {}

  @CacheableBatch({ key: keys.one, tags: (id: string) => [tag(id)], when: (ids: readonly string[]) => ids.length > 1 })
  async many(ids: readonly string[]): Promise<readonly ({ id: string } | undefined)[]> {
    return ids.map((id) => ({ id }));
  }
}

class Predicting {
  @Cacheable({
    key: keys.page,
    prefetch: ({ page }: { page: number }) => (page < 9 ? [{ page: page + 1 }] : undefined),
  })
  async list(query: { page: number }) {
    return [query.page];
  }

  @Cacheable({ key: keys.one, prefetch: (id: string, page: number) => [id, page + 1] })
  async page(_id: string, page: number) {
    return page;
  }

  @Cacheable({ key: () => ['all'], critical: true })
  async all(_page?: number) {
    return 1;
  }

  @Cacheable({ key: keys.one, critical: [['1', 2]] })
  async listed(_id: string, page: number) {
    return page;
  }

  @Cacheable({ key: keys.one, critical: async (predicting: Predicting) => [[String(await predicting.all())]] })
  async asked(id: string) {
    return id;
  }

  // @ts-expect-error it cannot be called without parameters
  @Cacheable({ key: keys.one, critical: true })
  async three(id: string) {
    return id;
  }

  // @ts-expect-error the method takes a text
  @Cacheable({ key: keys.one, critical: () => [[1], [2]] })
  async four(id: string) {
    return id;
  }

  // @ts-expect-error the method takes a text
  @Cacheable({ key: keys.one, prefetch: (id: string) => [id.length] })
  async one(id: string) {
    return id;
  }

  // @ts-expect-error the prefetch function takes a number
  @Cacheable({ key: keys.one, prefetch: (id: number) => [`${id}`] })
  async two(id: string) {
    return id;
  }
}

class Unfitting {
  // @ts-expect-error the key takes a number, the method a string
  @Cacheable({ key: (id: number) => ['items', id] })
  async one(id: string) {
    return id;
  }

  // @ts-expect-error the key takes a second parameter the method does not have
  @Cacheable({ key: (id: string, page: number) => ['items', id, page] })
  async two(id: string) {
    return id;
  }

  // @ts-expect-error the parameter may be undefined
  @Cacheable({ key: (id: string) => ['items', id] })
  async three(id?: string) {
    return id;
  }

  // @ts-expect-error the condition takes a boolean
  @Cacheable({ key: (id: string) => ['items', id], when: (id: boolean) => id })
  async four(id: string) {
    return id;
  }

  // @ts-expect-error the result is a number
  @CacheInvalidate({ targets: (_id: string, result: string) => [['items', result]] })
  async five(id: string) {
    return id.length;
  }

  // @ts-expect-error a cached method must return a promise
  @Cacheable({ key: () => ['items'] })
  six() {
    return 6;
  }

  // @ts-expect-error a key begins with a string
  @Cacheable({ key: (id: number) => [id] })
  async seven(id: number) {
    return id;
  }

  // @ts-expect-error a function cannot be part of a key
  @Cacheable({ key: (id: string) => ['items', () => id] })
  async eight(id: string) {
    return id;
  }

  // @ts-expect-error the key takes one id
  @CacheableBatch({ key: (ids: readonly string[]) => ['items', ...ids] })
  async nine(ids: readonly string[]) {
    return ids;
  }

  // @ts-expect-error the tags take a number, the ids are texts
  @CacheableBatch({ key: (id: string) => ['items', id], tags: (id: number) => [tag(`${id}`)] })
  async ten(ids: readonly string[]) {
    return ids;
  }

  // @ts-expect-error a batch returns a list
  @CacheableBatch({ key: (id: string) => ['items', id] })
  async eleven(ids: readonly string[]) {
    return ids.length;
  }

  // @ts-expect-error a further parameter would not be part of any key
  @CacheableBatch({ key: (id: string) => ['items', id] })
  async twelve(ids: readonly string[], _verbose: boolean) {
    return ids;
  }

  // @ts-expect-error the method changes its ids
  @CacheableBatch({ key: (id: string) => ['items', id] })
  async thirteen(ids: string[]) {
    return ids;
  }
}

// @ts-expect-error unknown unit
const badUnit: CacheOptions = { ttl: '5 parsecs' };

describe('the types of decorators', () => {
  it('do not change the types of the methods', async () => {
    const key: Key = keys.one('1');
    expect(key).toEqual(['items', '1']);
    expect(await new Fitting().one('1')).toEqual({ id: '1' });
    expect(badUnit.ttl).toBeDefined();
    expect(await new Predicting().page('1', 2)).toBe(2);
    expect(await new Unfitting().one('1')).toBe('1');
  });
});
