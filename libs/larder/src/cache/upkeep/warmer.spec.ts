import { afterEach, describe, expect, it } from '@jest/globals';
import type { Cache, LarderOptions, WarmProgress } from '../../index.js';
import { createCache, LarderOptionsError } from '../../index.js';

const COUNT = 1000;
const lists = Array.from({ length: COUNT }, (_, id) => [id] as const);

let cache: Cache;

afterEach(() => cache.close());

/** A source that counts its loads, and how many run at once. */
async function start(options: LarderOptions = {}) {
  cache = await createCache(options);
  const source = {
    loads: 0,
    running: 0,
    most: 0,
    broken: new Set<number>(),
    key: (id: number) => ['items', id] as const,
    load: async (id: number) => {
      source.loads++;
      source.most = Math.max(source.most, ++source.running);
      await new Promise((resolve) => setImmediate(resolve));
      source.running--;
      if (source.broken.has(id)) throw new Error(`item ${id} is broken`);
      return `item ${id}`;
    },
  };
  return source;
}

describe('warm', () => {
  it('loads 1,000 entries once in two warmings, five at a time', async () => {
    const source = await start();
    const first = await cache.warm(source, lists);
    expect(first).toMatchObject({ total: COUNT, loaded: COUNT, fresh: 0, skipped: 0, failed: [] });
    expect(await cache.warm(source, lists)).toMatchObject({ total: COUNT, loaded: 0, fresh: COUNT, failed: [] });
    expect(source).toMatchObject({ loads: COUNT, most: 5 });
    expect(await cache.get(['items', 7])).toBe('item 7');
  });

  it('warms the other 999 when one load fails, and reports which', async () => {
    const source = await start();
    source.broken.add(500);
    const report = await cache.warm(source, lists);
    expect(report).toMatchObject({
      loaded: COUNT - 1,
      failed: [{ arguments: [500], error: { message: 'item 500 is broken' } }],
    });
    expect(cache.stats().entries).toBe(COUNT - 1);
    source.broken.clear();
    expect(await cache.warm(source, lists)).toMatchObject({ loaded: 1, fresh: COUNT - 1, failed: [] });
  });

  it('loads once more what was invalidated during its load', async () => {
    const source = await start();
    const loads: number[] = [];
    const changing = {
      key: source.key,
      load: async (id: number) => {
        loads.push(id);
        if (loads.length === 1) await cache.invalidate(['items', id]);
        return loads.length;
      },
    };
    expect(await cache.warm(changing, [[1], [2]], { concurrency: 1 })).toMatchObject({ loaded: 2, fresh: 0 });
    expect(loads).toEqual([1, 1, 2]);
    expect(await cache.get(['items', 1])).toBe(2);
  });

  it('loads nothing once more after its signal was aborted', async () => {
    const source = await start();
    const ending = new AbortController();
    let loads = 0;
    const changing = {
      key: source.key,
      load: async (id: number) => {
        loads++;
        await cache.invalidate(['items', id]);
        ending.abort();
        return loads;
      },
    };
    expect(await cache.warm(changing, [[1]], { signal: ending.signal })).toMatchObject({ loaded: 1, failed: [] });
    expect(loads).toBe(1);
  });

  it('begins no further load after a failure with continueOnError: false', async () => {
    const source = await start();
    source.broken.add(500).add(900);
    const report = await cache.warm(source, lists, { continueOnError: false });
    expect(report.failed.map(({ arguments: [id] }) => id)).toEqual([500]);
    // The loads that ran beside it have ended.
    expect(report.loaded).toBeGreaterThanOrEqual(500);
    expect(report.loaded).toBeLessThan(510);
    expect(report.loaded + report.skipped).toBe(COUNT - 1);
    await expect(cache.warm(source, [], { continueOnError: 'no' as never })).rejects.toThrow(LarderOptionsError);
  });

  it('reports a key that cannot be built as a failure of that call', async () => {
    await start();
    const source = { key: (id: object) => ['items', id as never] as const, load: (id: object) => `${id}` };
    const report = await cache.warm(source, [[{ since: new (class Moment {})() }]]);
    expect(report.failed).toEqual([
      { arguments: [expect.anything()], error: expect.objectContaining({ code: 'LARDER_KEY' }) },
    ]);
  });

  it('reports its progress, and stops when its signal is aborted', async () => {
    const source = await start();
    const ending = new AbortController();
    const seen: WarmProgress[] = [];
    const report = await cache.warm(source, lists, {
      concurrency: 2,
      signal: ending.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.done === 10) ending.abort();
      },
    });
    expect(seen[0]).toEqual({ done: 1, total: COUNT });
    expect(report.loaded).toBeLessThanOrEqual(11);
    expect(report.loaded + report.skipped).toBe(COUNT);
    expect(source.most).toBe(2);
  });

  it('stops when the cache closes', async () => {
    const source = await start();
    const report = cache.warm(source, lists);
    await cache.close();
    expect((await report).skipped).toBeGreaterThan(COUNT - 10);
  });

  it('rejects an invalid concurrency', async () => {
    const source = await start();
    await expect(cache.warm(source, lists, { concurrency: 0 })).rejects.toBeInstanceOf(LarderOptionsError);
    await expect(cache.warm(source, lists, { concurrency: 2.5 })).rejects.toThrow(
      'invalid concurrency of warm: got 2.5',
    );
  });
});
