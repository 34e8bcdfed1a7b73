import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { createCache } from '../../create-cache.js';

const options = { ttl: '1h' } as const;

describe('the memory store', () => {
  it('evicts the oldest entry that was not visited since the hand last passed', async () => {
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

  it('spares an entry that was visited and then replaced', async () => {
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
    // The hand may evict one before its first full pass; first in, first out would leave none.
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
