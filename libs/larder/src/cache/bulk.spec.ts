import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { defer } from '../../../../test/support/defer.js';
import { createCache } from '../create-cache.js';
import type { Key } from '../keys/key.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryTier } from '../testing/memory-tier.js';
import type { Cache } from './cache.js';

const COUNT = 20_000;
const keys = Array.from({ length: COUNT }, (_, id) => ['m', id] as const);

/** How many turns the event loop made during some work. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = async () => {
    while (!isOver) {
      await nextTurn();
      turns++;
    }
  };
  const counted = count();
  await work();
  isOver = true;
  await counted;
  return turns;
}

const roomy = () => createCache({ clock: new FakeClock(), maxEntries: 2 * COUNT, maxBytes: '1gb' });

describe(`${COUNT} entries at once leave turns to the event loop`, () => {
  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['setMany', (cache) => cache.setMany(keys.map((key) => [key, 1]))],
    ['getMany that loads all', (cache) => cache.getMany(keys, (missing) => missing.map(() => 1))],
    [
      'getMany that finds all',
      async (cache) => {
        await cache.setMany(keys.map((key) => [key, 1]));
        return turnsDuring(() => cache.getMany(keys, () => Promise.reject(new Error('must not load'))));
      },
    ],
    ['invalidate', (cache) => cache.invalidate(...keys)],
    ['invalidateAll', (cache) => cache.invalidateAll(keys)],
    [
      'warm',
      (cache) =>
        cache.warm(
          { key: (id: number) => ['m', id], load: (id: number) => id },
          keys.map(([, id]) => [id]),
        ),
    ],
  ])('in %s', async (_, work) => {
    const cache = await roomy();
    let inner: unknown;
    const turns = await turnsDuring(async () => {
      inner = await work(cache);
    });
    expect(turns).toBeGreaterThanOrEqual(15);
    if (typeof inner === 'number') expect(inner).toBeGreaterThanOrEqual(15);
    await cache.close();
  });
});

describe('in batches', () => {
  it('setMany stores nothing if any value cannot be stored, even the last one', async () => {
    const cache = await roomy();
    const entries = keys.slice(0, 2500).map((key) => [key, key[1] === 2499 ? () => {} : 1] as const);
    await expect(cache.setMany(entries)).rejects.toThrow('is a function');
    expect(cache.stats().entries).toBe(0);
  });

  it('getMany runs one load for all missing keys, and other calls join it', async () => {
    const cache = await roomy();
    const loads: number[] = [];
    const begun = defer<void>();
    const load = async (missing: readonly Key[]) => {
      loads.push(missing.length);
      begun.resolve();
      await nextTurn();
      return missing.map((key) => key[1]);
    };
    await cache.set(['m', 1500], 'stored');
    const all = cache.getMany(keys.slice(0, 3000), load);
    const again = cache.getMany(keys.slice(0, 3000), load);
    await begun.promise;
    const single = cache.getOrLoad(['m', 5], () => 'not loaded alone');
    const [one, other] = await Promise.all([all, again]);
    expect(one.slice(1499, 1502)).toEqual([1499, 'stored', 1501]);
    expect(other).toEqual(one);
    expect(await single).toBe(5);
    expect(loads).toEqual([2999]);
  });

  it('an invalid key late in the list leaves no flight behind', async () => {
    const cache = await roomy();
    const wrong = [...keys.slice(0, 2000), [() => 1] as unknown as Key];
    await expect(cache.getMany(wrong, () => [])).rejects.toThrow('cannot be built');
    expect(await cache.getOrLoad(['m', 0], () => 'free')).toBe('free');
  });

  it('a tier stores all of them and is asked for all of them', async () => {
    const clock = new FakeClock();
    const tier = new MemoryTier(clock);
    const options = { tiers: ['redis'] } as const;
    const cache = await createCache({ clock, tier });
    await cache.setMany(
      keys.slice(0, 2500).map((key) => [key, key[1]]),
      options,
    );
    const found = await cache.getMany(keys.slice(0, 2500), () => Promise.reject(new Error('must not load')), options);
    expect(found).toEqual(keys.slice(0, 2500).map(([, id]) => id));
    expect(cache.stats().shared).toMatchObject({ stores: 2500, hits: 2500 });
  });

  it('invalidates 60,000 keys in several steps', async () => {
    const cache = await roomy();
    await cache.set(['m', 59_999], 1);
    const many = Array.from({ length: 60_000 }, (_, id) => ['m', id] as const);
    expect(await cache.invalidate(...many)).toEqual({ delivered: true });
    expect(await cache.get(['m', 59_999])).toBeUndefined();
  });
});
