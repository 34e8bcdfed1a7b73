import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from '../../base/clock.js';
import { createCache } from '../../create-cache.js';
import { Cacheable } from '../../decorators/cacheable.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';

describe('an unknown option', () => {
  const typo = { ttl: '5m', staleWhileRevaildate: '1m' } as object;
  const meant = 'unknown option staleWhileRevaildate of the cache options; did you mean staleWhileRevalidate?';

  it.each<[string, (cache: Cache) => Promise<unknown>, string]>([
    ['getOrLoad', (cache) => cache.getOrLoad(['k'], () => 1, typo), meant],
    ['getMany', (cache) => cache.getMany([['k']], () => [1], typo), meant],
    ['set', (cache) => cache.set(['k'], 1, typo), meant],
    [
      'set, with letters transposed',
      (cache) => cache.set(['k'], 1, { tlt: '5m' } as object),
      'unknown option tlt of the cache options; did you mean ttl?',
    ],
    ['setMany', (cache) => cache.setMany([[['k'], 1]], typo), meant],
    ['writeThrough', (cache) => cache.writeThrough(['k'], () => 1, typo), meant],
    ['warm, in its source', (cache) => cache.warm({ key: () => ['k'], load: () => 1, ...typo }, [[]]), meant],
    [
      'warm',
      (cache) => cache.warm({ key: () => ['k'], load: () => 1 }, [[]], { concurency: 2 } as object),
      'unknown option concurency of warm; did you mean concurrency?',
    ],
    [
      'invalidateAll',
      (cache) => cache.invalidateAll([['k']], { retry: 2 } as object),
      'unknown option retry of invalidateAll',
    ],
    [
      'staleIfError',
      (cache) => cache.getOrLoad(['k'], () => 1, { staleIfError: { for: '1h', when: () => true } } as object),
      'invalid staleIfError of the cache options: got',
    ],
  ])('of %s is rejected with the most similar name', async (_, call, message) => {
    const cache = await createCache({ clock: new FakeClock() });
    await expect(call(cache)).rejects.toMatchObject({
      code: 'LARDER_OPTIONS',
      message: expect.stringContaining(message),
    });
    expect(await cache.has(['k'])).toBe(false);
  });

  it('of a decorator is rejected when the class is defined', () => {
    expect(() => {
      class Items {
        @Cacheable({ key: () => ['items'], refreshAhed: true } as { key: () => ['items'] })
        async all(): Promise<number> {
          return 1;
        }
      }
      return Items;
    }).toThrow('unknown option refreshAhed of Items.all; did you mean refreshAhead?');
  });
});

describe('a TTL under a second without a unit', () => {
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is reported in one process warning', async () => {
    const cache = await createCache();
    await cache.getOrLoad(['a'], () => 1, { ttl: 60 });
    await cache.getOrLoad(['b'], () => 1, { ttl: 30, tags: ['t'] });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('ttl of the cache options is 60 milliseconds');
    expect(warnings[0]).toContain("Write '60s' if seconds are meant");
    await cache.close();
  });

  it('is reported as the default too', async () => {
    const cache = await createCache({ defaultTtl: 5 });
    expect(warnings).toEqual([expect.stringContaining('is 5 milliseconds')]);
    await cache.close();
  });

  it('is accepted with a unit, from a second on, and with a fake clock', async () => {
    const cache = await createCache({ defaultTtl: '500ms', clock: new SystemClock() });
    await cache.getOrLoad(['a'], () => 1, { ttl: '60ms' });
    await cache.getOrLoad(['b'], () => 1, { ttl: 1000 });
    await cache.close();
    const moved = await createCache({ clock: new FakeClock() });
    await moved.getOrLoad(['a'], () => 1, { ttl: 60 });
    expect(warnings).toEqual([]);
  });
});
