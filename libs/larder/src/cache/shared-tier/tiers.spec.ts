import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { counting } from '../../../../../test/support/counting.js';
import { createCache } from '../../create-cache.js';
import { pattern } from '../../keys/target.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryTier } from '../../testing/memory-tier.js';
import type { Cache } from '../cache.js';
import type { CacheOptions } from '../policy/policy.js';
import { MemoryJournal } from '../versions/memory-journal.js';

let clock: FakeClock;
let tier: MemoryTier;
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  tier = new MemoryTier(clock);
  cache = await createCache({ clock, tier });
});

async function isInTier(id: string): Promise<boolean> {
  await nextTurn();
  return (await tier.getMany([id]))[0] !== undefined;
}

describe('a tier without Redis', () => {
  it('stores loaded values before the first invalidation, and returns them', async () => {
    const options: CacheOptions = { tiers: ['redis'] };
    const load = counting();
    await cache.getOrLoad(['k'], load, options);
    expect(await isInTier('k')).toBe(true);
    expect(await cache.getOrLoad(['k'], load, options)).toEqual({ version: 1 });
    expect(load.calls).toBe(1);
  });

  it('does not return an invalidated value', async () => {
    await cache.getOrLoad(['k'], () => 'old', { tiers: ['redis'] });
    await isInTier('k');
    await cache.invalidate(['k']);
    expect(await cache.getOrLoad(['k'], () => 'new', { tiers: ['redis'] })).toBe('new');
  });

  it('returns no value of another cache whose invalidations this cache does not receive', async () => {
    await cache.getOrLoad(['k'], () => 'old');
    await isInTier('k');
    const restarted = await createCache({ clock, tier });
    expect(await restarted.getOrLoad(['k'], () => 'new')).toBe('new');
  });
});

describe("tiers: ['memory'] shares nothing", () => {
  const options = { tiers: ['memory'] } as const;

  beforeEach(async () => {
    await cache.invalidate(pattern('*'));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['getOrLoad', () => cache.getOrLoad(['k'], () => 'value', options)],
    ['getMany', () => cache.getMany([['k']], () => ['value'], options)],
    ['set', () => cache.set(['k'], 'value', options)],
    ['setMany', () => cache.setMany([[['k'], 'value']], options)],
    ['writeThrough', () => cache.writeThrough(['k'], () => 'value', options)],
  ])('by %s', async (_, store) => {
    await store();
    expect(await isInTier('k')).toBe(false);
    expect(await cache.get(['k'])).toBe('value');
  });
});

describe('refreshAhead', () => {
  const options: CacheOptions = { ttl: 1000, refreshAhead: 0.5 };

  it.each<[string, CacheOptions]>([
    ['in memory and in the tier', options],
    ['only in the tier', { ...options, tiers: ['redis'] }],
  ])('loads a new value after a value %s is first read from the tier late in its TTL', async (_, given) => {
    const shared = { clock, tier, journal: undefined };
    const load = counting();
    // Both nodes have the same invalidations: their journals begin alike.
    const nodes = await Promise.all(
      [1, 2].map(() => createCache({ ...shared, journal: (table) => new MemoryJournal(table, clock) })),
    );
    const [one, other] = nodes as [Cache, Cache];
    await one.getOrLoad(['single'], load, given);
    await one.getMany([['batch']], async () => [await load()], given);
    expect(await isInTier('batch')).toBe(true);
    clock.advance(600);
    expect(await other.getOrLoad(['single'], load, given)).toEqual({ version: 1 });
    expect(await other.getMany([['batch']], async () => [await load()], given)).toEqual([{ version: 2 }]);
    await nextTurn();
    expect(load.calls).toBe(4);
    await nextTurn();
    expect(await other.getOrLoad(['single'], load, given)).not.toEqual({ version: 1 });
    expect(await other.getMany([['batch']], async () => [await load()], given)).not.toEqual([{ version: 2 }]);
    expect(load.calls).toBe(4);
  });

  it('does nothing early in the TTL', async () => {
    const load = counting();
    const early: CacheOptions = { ...options, tiers: ['redis'] };
    await cache.getOrLoad(['k'], load, early);
    await isInTier('k');
    clock.advance(400);
    await cache.getOrLoad(['k'], load, early);
    await nextTurn();
    expect(load.calls).toBe(1);
  });
});

describe('a batch that finds values past their TTL in the tier', () => {
  it('serves them at once while it refreshes them, and serves them when the load fails', async () => {
    const stale: CacheOptions = { ttl: 100, staleWhileRevalidate: 100, staleIfError: 1000, tiers: ['redis'] };
    const load = counting();
    const many = async () => [await load()];
    await cache.getMany([['k']], many, stale);
    await isInTier('k');
    clock.advance(150);
    expect(await cache.getMany([['k']], many, stale)).toEqual([{ version: 1 }]);
    await isInTier('k');
    expect(await cache.getMany([['k']], many, stale)).toEqual([{ version: 2 }]);
    clock.advance(500);
    const failure = new Error('database away');
    expect(await cache.getMany([['k']], () => Promise.reject(failure), stale)).toEqual([{ version: 2 }]);
    const gone = Object.assign(new Error('gone'), { status: 404 });
    await expect(cache.getMany([['k']], () => Promise.reject(gone), stale)).rejects.toBe(gone);
    clock.advance(600);
    await expect(cache.getMany([['k']], () => Promise.reject(failure), stale)).rejects.toBe(failure);
  });
});
