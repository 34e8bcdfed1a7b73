import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { createCache } from '../../create-cache.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryTier } from '../../testing/memory-tier.js';
import { Entry } from './entry.js';
import { LossStore } from './loss-store.js';

const options = { ttl: '1h' } as const;

describe('the memory store', () => {
  it('evicts the oldest of equal entries that was not read', async () => {
    const cache = await createCache({ maxEntries: 3 });
    for (const id of ['a', 'b', 'c']) await cache.set([id], id, options);
    await cache.get(['a']);
    await cache.set(['d'], 'd', options);
    expect(await cache.has(['b'])).toBe(false);
    await cache.set(['e'], 'e', options);
    expect(await cache.has(['c'])).toBe(false);
    expect(await cache.has(['a'])).toBe(true);
    expect(cache.stats()).toMatchObject({ entries: 3, evictions: 2 });
  });

  it('spares an entry that was read and then replaced', async () => {
    const cache = await createCache({ maxEntries: 3 });
    for (const id of ['a', 'b', 'c']) await cache.set([id], id, options);
    for (const id of ['a', 'b', 'c']) await cache.get([id]);
    await cache.set(['a'], 'again', options);
    await cache.set(['d'], 'd', options);
    expect(await cache.has(['a'])).toBe(true);
    expect(await cache.has(['b'])).toBe(false);
  });

  it('keeps hot entries during a scan of keys that are read once', async () => {
    const cache = await createCache({ maxEntries: 100 });
    const hot = Array.from({ length: 50 }, (_, n) => ['hot', n] as const);
    for (const key of hot) await cache.set(key, 1, options);
    for (let n = 0; n < 5000; n++) {
      await cache.get(hot[n % 50] as (typeof hot)[number]);
      await cache.set(['scan', n], n, options);
    }
    // One may be evicted before its first read; first in, first out would leave none.
    const left = await Promise.all(hot.map((key) => cache.has(key)));
    expect(left.filter(Boolean).length).toBeGreaterThanOrEqual(49);
  });

  it('does not evict the newcomer to make room for itself', async () => {
    const cache = await createCache({ maxEntries: 2 });
    await cache.set(['a'], 1, options);
    await cache.set(['b'], 1, options);
    await Promise.all([cache.get(['a']), cache.get(['b'])]);
    await cache.set(['c'], 1, options);
    expect(await cache.has(['c'])).toBe(true);
  });

  it('stays within its byte bound, and does not store an entry larger than it', async () => {
    const cache = await createCache({ maxBytes: '1mb' });
    for (let n = 0; n < 2000; n++) {
      await cache.set(['k', n], 'x'.repeat(n * 2), options);
      expect(cache.stats().bytes).toBeLessThanOrEqual(1024 * 1024);
    }
    expect(cache.stats().evictions).toBeGreaterThan(100);
    const { entries } = cache.stats();
    await cache.set(['huge'], 'x'.repeat(2 * 1024 * 1024), options);
    expect(await cache.has(['huge'])).toBe(false);
    expect(cache.stats().entries).toBe(entries);
  });

  it('does not grow when its entries are replaced again and again', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const cache = await createCache({ maxEntries: 1000 });
    const rewrite = async (times: number) => {
      for (let n = 0; n < times; n++) await cache.set(['k', n % 1000], n, options);
      collect();
      return process.memoryUsage().heapUsed;
    };
    await cache.set(['evicted'], 1, options);
    const before = await rewrite(2000);
    expect((await rewrite(100_000)) - before).toBeLessThan(4 * 1024 * 1024);
  });

  it('subtracts the bytes of entries that leave', async () => {
    const cache = await createCache();
    await cache.set(['a', 'x'], 'x'.repeat(1000), options);
    await cache.set(['a', 'x'], 'y', options);
    const { bytes } = cache.stats();
    expect(bytes).toBeLessThan(1000);
    await cache.invalidate(['a']);
    await cache.get(['a', 'x']);
    expect(cache.stats()).toMatchObject({ bytes: 0, entries: 0 });
  });
});

function entryOf(id: string, loadCost: number, bytes = 100, isShared = false): Entry {
  return new Entry({
    id,
    loadCost,
    bytes,
    isShared,
    value: id,
    loadedAt: 0,
    dueAt: 1000,
    expiresAt: 1000,
    keptUntil: 1000,
    slots: undefined,
    tags: [],
    stamp: 0,
    unfreezable: false,
    isForeign: false,
    method: undefined,
  });
}

const NO_BOUND = Number.MAX_SAFE_INTEGER;
const idsOf = (store: LossStore) => [...store.entries()].map(({ id }) => id);

describe('the choice of the entry to evict', () => {
  it('takes one that loads fast before an older one that loads slowly', () => {
    const store = new LossStore({ maxEntries: 2, maxBytes: NO_BOUND });
    for (const entry of [entryOf('slow', 400), entryOf('fast', 1), entryOf('new', 20)]) store.set(entry);
    expect(idsOf(store)).toEqual(['slow', 'new']);
  });

  it('takes a large one before an older small one', () => {
    const store = new LossStore({ maxEntries: NO_BOUND, maxBytes: 10_000 });
    for (const entry of [entryOf('small', 10, 200), entryOf('large', 10, 9000), entryOf('new', 10, 1000)])
      store.set(entry);
    expect(idsOf(store)).toEqual(['small', 'new']);
  });

  it('counts the load time of a value that Redis has too as a round trip', () => {
    const store = new LossStore({ maxEntries: 2, maxBytes: NO_BOUND });
    for (const entry of [entryOf('here', 20), entryOf('there', 400, 100, true), entryOf('new', 20)]) store.set(entry);
    expect(idsOf(store)).toEqual(['here', 'new']);
  });

  it('takes a costly one that is not read any more, after enough others', () => {
    const store = new LossStore({ maxEntries: 10, maxBytes: NO_BOUND });
    store.set(entryOf('costly', 64));
    for (let n = 0; n < 200; n++) store.set(entryOf(`early ${n}`, 1));
    expect(store.peek('costly')).toBeDefined();
    for (let n = 0; n < 1000; n++) store.set(entryOf(`late ${n}`, 1));
    expect(store.peek('costly')).toBeUndefined();
  });

  it('goes on after its clock of losses has started again', () => {
    const store = new LossStore({ maxEntries: 3, maxBytes: NO_BOUND });
    for (let n = 0; n < 60; n++) {
      store.set(entryOf(`cheap ${n}`, 1));
      const costly = [0, 1, 2].map((other) => entryOf(`costly ${n} ${other}`, 1_000_000, 1));
      for (const entry of costly) store.set(entry);
      expect([...store.entries()]).toEqual(costly);
    }
  });

  it.each(['a', 'b', 'c'])('takes the oldest of equal ones after %s was deleted', (id) => {
    const store = new LossStore({ maxEntries: 3, maxBytes: NO_BOUND });
    for (const each of ['a', 'b', 'c']) store.set(entryOf(each, 10));
    store.delete(id);
    for (const each of ['d', 'e', 'f']) store.set(entryOf(each, 10));
    expect(idsOf(store)).toEqual(['d', 'e', 'f']);
  });

  it('keeps its bounds while entries are set, read, enlarged and deleted in any order', () => {
    const store = new LossStore({ maxEntries: 20, maxBytes: 2000 });
    for (let n = 0; n < 3000; n++) {
      const id = `n ${(n * 7919) % 53}`;
      const stored = store.get(`n ${(n * 31) % 47}`);
      if (n % 7 === 0) store.delete(id);
      else if (n % 5 === 0 && stored !== undefined) store.enlarge(stored, n % 90);
      else store.set(entryOf(id, (n * 13) % 300, 1 + ((n * 37) % 700)));
      const entries = [...store.entries()];
      expect(entries.length).toBeLessThanOrEqual(20);
      expect(store.bytes).toBe(entries.reduce((sum, { bytes }) => sum + bytes, 0));
      expect(store.bytes).toBeLessThanOrEqual(2000);
    }
    for (let n = 0; n < 1000; n++) store.set(entryOf(`late ${n}`, 300, 1));
    expect(idsOf(store).filter((id) => !id.startsWith('late'))).toEqual([]);
  });

  it('knows which values another tier has too', async () => {
    const clock = new FakeClock();
    const cache = await createCache({ clock, maxEntries: 2, tier: new MemoryTier(clock), jitter: 0 });
    let loads = 0;
    const slowly = async () => {
      clock.advance(400);
      return ++loads;
    };
    const here = { ttl: '1h', tiers: ['memory'] } as const;
    await cache.getOrLoad(['here'], slowly, here);
    await cache.getOrLoad(['there'], slowly, options);
    await cache.getOrLoad(['new'], slowly, here);
    expect(cache.stats()).toMatchObject({ entries: 2, evictions: 1 });
    await cache.getOrLoad(['here'], slowly, here);
    await cache.getOrLoad(['new'], slowly, here);
    expect(loads).toBe(3);
  });
});
