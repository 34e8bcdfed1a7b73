import { beforeEach, expect, it } from '@jest/globals';
import { LarderClearError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import type { CacheEvent } from '../state/events.js';

let clock: FakeClock;
let events: CacheEvent['type'][];
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  events = [];
  cache = await createCache({ clock, onEvent: ({ type }) => events.push(type) });
  await cache.set(['k'], 'kept');
});

it('removes everything with a requested token', async () => {
  const { token, expiresAt } = await cache.requestClear();
  expect(expiresAt).toEqual(new Date(clock.now() + 60_000));
  await cache.clear(token);
  expect(await cache.get(['k'])).toBeUndefined();
  expect(cache.stats().entries).toBe(0);
  expect(events).toEqual(['cleared']);
});

it('does not store the value of a load that began before the clear', async () => {
  const { token } = await cache.requestClear();
  await cache.getOrLoad(['slow'], async () => {
    await cache.clear(token);
    return 'old';
  });
  expect(await cache.has(['slow'])).toBe(false);
});

it('issues two callers two tokens, each valid once', async () => {
  const [one, two] = await Promise.all([cache.requestClear(), cache.requestClear()]);
  expect(one.token).not.toBe(two.token);
  await cache.clear(one.token);
  await cache.set(['k'], 'kept');
  await cache.clear(two.token);
  expect(await cache.has(['k'])).toBe(false);
});

it.each<[string, (token: string) => Promise<unknown>]>([
  ['wrong', async (token) => `${token}x`],
  ['empty', async () => ''],
  ['not a string', async () => undefined],
  [
    'used',
    async (token) => {
      await cache.clear(token);
      await cache.set(['k'], 'kept');
      return token;
    },
  ],
  [
    'late',
    async (token) => {
      clock.advance(60_000);
      return token;
    },
  ],
])('clears nothing with a token that is %s, and reports it', async (_, made) => {
  const { token } = await cache.requestClear();
  const bad = (await made(token)) as string;
  await expect(cache.clear(bad)).rejects.toThrow(LarderClearError);
  expect(await cache.get(['k'])).toBe('kept');
  expect(events.at(-1)).toBe('clear-refused');
});
