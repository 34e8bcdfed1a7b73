import { beforeEach, expect, it } from '@jest/globals';
import { createCache } from '../../create-cache.js';
import { tag } from '../../keys/target.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryTier } from '../../testing/memory-tier.js';
import type { Cache } from '../cache.js';

let clock: FakeClock;
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  cache = await createCache({ clock, tier: new MemoryTier(clock) });
});

const KEY = ['tournaments', 'list', { page: 2 }] as const;
const options = { ttl: 1000, tags: ['venue:7'], staleWhileRevalidate: 500, refreshAhead: true } as const;
const store = () => cache.getOrLoad(KEY, async () => ['a'], options);

it('reports tier, age and hits of a value without counting as a hit', async () => {
  await store();
  await store();
  clock.advance(300);
  expect(await cache.inspect(KEY)).toMatchObject({
    id: 'tournaments:list:page=2',
    tier: 'memory',
    age: 300,
    ttl: 700,
    staleFor: 500,
    tags: ['venue:7'],
    hits: 1,
    stale: false,
    verdict: 'hit',
    reason: 'Nothing it depends on was invalidated, and it expires in 700 ms.',
  });
  expect(cache.stats()).toMatchObject({ hits: 1, misses: 1 });
  expect(await cache.inspect(['tournaments', 'other'])).toBeUndefined();
});

it.each([
  [850, 'refresh', false, 'It is served, and a new value is fetched ahead of its expiry in 150 ms.'],
  [1200, 'expired', true, 'Its TTL ended 200 ms ago.'],
])('after %i ms the verdict is %s', async (age, verdict, stale, reason) => {
  await store();
  clock.advance(age);
  expect(await cache.inspect(KEY)).toMatchObject({ verdict, stale, reason });
});

it.each([
  ['its own key', KEY, 'key tournaments:list:page=2'],
  ['a prefix', ['tournaments'] as const, 'key tournaments'],
  ['a tag', tag('venue:7'), 'tag venue:7'],
])('names the invalidated dependency: %s', async (_, target, name) => {
  await store();
  await cache.invalidate(target);
  const reason = `Invalidated since its load began: ${name}.`;
  expect(await cache.inspect(KEY)).toMatchObject({ verdict: 'invalidated', stale: true, reason });
});

it('names everything if everything was invalidated', async () => {
  await store();
  const { token } = await cache.requestClear();
  const shared = await createCache({ clock, tier: new MemoryTier(clock) });
  await shared.close();
  await cache.clear(token);
  await store();
  expect(await cache.inspect(KEY)).toMatchObject({ verdict: 'hit' });
});
