import { describe, expect, it } from '@jest/globals';
import { defineCounter } from '../background/counters/define-counter.js';
import { defineDeadline } from '../background/deadlines/define-deadline.js';
import { createCache } from '../create-cache.js';
import type { Cache } from './cache.js';
import type { CacheEvent } from './state/events.js';

const load = async () => 1;

/** Any arguments, as JavaScript allows. */
type Call = (
  cache: {
    [Name in keyof Cache]: (...parameters: unknown[]) => Promise<unknown>;
  },
) => Promise<unknown>;

describe('wrong input', () => {
  it.each<[string, RegExp, Call]>([
    [
      'a tag that is null',
      /invalid tags of the cache options: got \[ null \]/,
      (cache) => cache.getOrLoad(['k'], load, { tags: [null] }),
    ],
    [
      'tags that are a string',
      /invalid tags of the cache options: got 'abc', expected a list/,
      (cache) => cache.getOrLoad(['k'], load, { tags: 'abc' }),
    ],
    ['options that are null', /invalid options of the call: got null/, (cache) => cache.getOrLoad(['k'], load, null)],
    [
      'a name that every object inherits',
      /unknown option __proto__ of the cache options/,
      (cache) => cache.getOrLoad(['k'], load, JSON.parse('{"__proto__": 1}')),
    ],
    ['no load', /invalid load of getOrLoad: got undefined, expected a function/, (cache) => cache.getOrLoad(['k'])],
    ['no load of many', /invalid load of getMany: got undefined/, (cache) => cache.getMany([['k']])],
    ['no keys', /invalid keys of getMany: got null, expected a list of keys/, (cache) => cache.getMany(null, load)],
    [
      'entries that are not a list',
      /invalid entries of setMany: got an object, expected a list/,
      (cache) => cache.setMany({}),
    ],
    [
      'an entry that is not a pair',
      /invalid entry of setMany: got an object, expected a list of a key and its value/,
      (cache) => cache.setMany([{ key: ['k'], value: 1 }]),
    ],
    ['options of set that are null', /invalid options of the call: got null/, (cache) => cache.set(['k'], 1, null)],
    ['no write', /invalid write of writeThrough: got null/, (cache) => cache.writeThrough(['k'], null)],
    [
      'options of a write that are null',
      /invalid options of writeThrough: got null/,
      (cache) => cache.writeThrough(['k'], load, null),
    ],
    ['no targets', /invalid targets of invalidateAll: got null/, (cache) => cache.invalidateAll(null)],
    [
      'options of invalidateAll that are null',
      /invalid options of invalidateAll: got null/,
      (cache) => cache.invalidateAll([], null),
    ],
    ['options of delivered that are null', /invalid options of delivered: got null/, (cache) => cache.delivered(null)],
    ['a caller that is null', /invalid the caller of inspect: got null/, (cache) => cache.inspect(['k'], null)],
    [
      'a caller without an identity',
      /invalid identity of the caller of inspect: got undefined, expected what identify returns/,
      (cache) => cache.inspect(['k'], { scope: 'user' }),
    ],
    [
      'a caller without a scope',
      /invalid scope of the caller of inspect: got undefined/,
      (cache) => cache.inspect(['k'], { identity: 7 }),
    ],
    [
      'a caller with an unknown member',
      /unknown option user of the caller of inspect/,
      (cache) => cache.inspect(['k'], { scope: 'user', identity: 7, user: 8 }),
    ],
    ['no work', /invalid work of deferInvalidations: got undefined/, (cache) => cache.deferInvalidations()],
  ])('is rejected as an option: %s', async (_, message, call) => {
    const refusal = call((await createCache()) as never);
    await expect(refusal).rejects.toMatchObject({ code: 'LARDER_OPTIONS', message: expect.stringMatching(message) });
  });

  it.each<[string, RegExp, Call]>([
    ['getOrLoad', /key is null, not an array/, (cache) => cache.getOrLoad(null, load)],
    ['get', /key is undefined, not an array/, (cache) => cache.get(undefined)],
    ['has', /key is null, not an array/, (cache) => cache.has(null)],
    ['set', /key is null, not an array/, (cache) => cache.set(null, 1)],
    ['getMany', /key is null, not an array/, (cache) => cache.getMany([['k'], null], load)],
    ['inspect', /key is null, not an array/, (cache) => cache.inspect(null)],
  ])('is rejected as a key: %s', async (_, message, call) => {
    const refusal = call((await createCache()) as never);
    await expect(refusal).rejects.toMatchObject({ code: 'LARDER_KEY', message: expect.stringMatching(message) });
  });

  it.each<[unknown, string]>([
    [[null], 'tags[0] is null, not a string or a tag'],
    ['abc', "tags is 'abc', not a list of strings and tags"],
  ])('returns the value without storing it, if a function returns %p as tags', async (tags, problem) => {
    const events: CacheEvent[] = [];
    const cache = await createCache({ onEvent: (event) => void events.push(event) });
    expect(await cache.getOrLoad(['k'], load, { tags: () => tags as never })).toBe(1);
    expect(await cache.has(['k'])).toBe(false);
    expect(events).toContainEqual(
      expect.objectContaining({
        error: expect.objectContaining({ code: 'LARDER_KEY', message: expect.stringContaining(problem) }),
      }),
    );
  });

  it.each([[null], [undefined], [{}], [5]])(
    'is rejected as the key of a counter and the id of a deadline: %p',
    async (id) => {
      const views = defineCounter({ name: 'views', flushEvery: '1h', write: async () => {} });
      const offers = defineDeadline({ name: 'offers', every: '1h', expire: async () => {} });
      const wrong = id as never;
      const counter = {
        code: 'LARDER_COUNTER',
        message: expect.stringMatching(/Invalid key of the counter views: got/),
      };
      const deadline = { code: 'LARDER_DEADLINE', message: expect.stringMatching(/Invalid id for offers: got/) };
      await expect(views.add(wrong)).rejects.toMatchObject(counter);
      await expect(views.pending(wrong)).rejects.toMatchObject(counter);
      await expect(offers.track(wrong, 1)).rejects.toMatchObject(deadline);
      await expect(offers.extend(wrong, 1)).rejects.toMatchObject(deadline);
      await expect(offers.cancel(wrong)).rejects.toMatchObject(deadline);
      await Promise.all([views.close(), offers.close()]);
    },
  );

  it.each<[string, Call]>([
    ['tags', (cache) => cache.getOrLoad(['k'], load, { tags: () => Promise.reject(new Error('tags')) })],
    ['ttl', (cache) => cache.getOrLoad(['k'], load, { ttl: () => Promise.reject(new Error('ttl')) })],
    ['a key', (cache) => cache.getOrLoad(Promise.reject(new Error('key')), load)],
  ])('does not end the process by a promise in place of a value: %s', async (_, call) => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listener);
    const cache = await createCache();
    await call(cache as never).catch(() => {});
    await new Promise(setImmediate);
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});
