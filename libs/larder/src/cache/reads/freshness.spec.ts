import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { InternalServerErrorException, NotFoundException } from '@nestjs/common';
import { counting } from '../../../../../test/support/counting.js';
import { defer } from '../../../../../test/support/defer.js';
import { LarderOptionsError, LarderTimeoutError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import type { CacheOptions } from '../policy/policy.js';
import type { CacheEvent } from '../state/events.js';
import type { LoadContext } from '../state/read-request.js';

let clock: FakeClock;
let events: CacheEvent[];
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  events = [];
  cache = await createCache({ clock, onEvent: (event) => events.push(event) });
});

const failure = new Error('database away');
const failing = () => Promise.reject(failure);

describe('stale-while-revalidate', () => {
  const options: CacheOptions = { ttl: 100, staleWhileRevalidate: 50 };

  it('serves the stale value at once while one refresh runs for all callers', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(149);
    const loaded = defer<string>();
    let loads = 0;
    const load = () => {
      loads++;
      return loaded.promise;
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => cache.getOrLoad(['k'], load, options)));
    expect(new Set(answers)).toEqual(new Set(['old']));
    expect(loads).toBe(1);
    loaded.resolve('new');
    await nextTurn();
    expect(await cache.getOrLoad(['k'], load, options)).toBe('new');
    expect(cache.stats()).toMatchObject({ stale: 20, hits: 1, misses: 1, loads: 2, hitRate: 21 / 22 });
  });

  it('ends with its window: then the caller waits for the load', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(150);
    expect(await cache.getOrLoad(['k'], async () => 'new', options)).toBe('new');
  });

  it('never serves an invalidated value', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(120);
    await cache.invalidate(['k']);
    expect(await cache.getOrLoad(['k'], async () => 'new', options)).toBe('new');
  });

  it('drops the value of a refresh if the key is invalidated during the refresh', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(120);
    const loaded = defer<string>();
    await cache.getOrLoad(['k'], () => loaded.promise, options);
    await cache.invalidate(['k']);
    loaded.resolve('overtaken');
    await nextTurn();
    expect(await cache.getOrLoad(['k'], async () => 'new', options)).toBe('new');
  });

  it('goes on while refreshes fail, reports them, and waits a second after each failure', async () => {
    const long: CacheOptions = { ttl: 100, staleWhileRevalidate: '1m' };
    await cache.getOrLoad(['k'], async () => 'old', long);
    clock.advance(120);
    for (let call = 0; call < 3; call++) {
      expect(await cache.getOrLoad(['k'], failing, long)).toBe('old');
      await nextTurn();
    }
    expect(events).toEqual([{ type: 'load-failed', id: 'k', method: undefined, error: failure }]);
    expect(cache.stats()).toMatchObject({ errors: 1, stale: 3 });
    clock.advance(1000);
    expect(await cache.getOrLoad(['k'], async () => 'new', long)).toBe('old');
    await nextTurn();
    expect(await cache.getOrLoad(['k'], failing, long)).toBe('new');
  });

  it('does not apply to reads without a load', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(120);
    expect(await cache.get(['k'])).toBeUndefined();
    expect(await cache.has(['k'])).toBe(false);
    expect(await cache.getOrLoad(['k'], async () => 'new')).toBe('new');
  });

  it('keeps stale values until the window ends, and then lets the sweep remove them', async () => {
    const long: CacheOptions = { ttl: 100, staleWhileRevalidate: '90s' };
    await cache.getOrLoad(['k'], async () => 'old', long);
    clock.advance(60_000);
    expect(cache.stats()).toMatchObject({ entries: 1, expirations: 0 });
    clock.advance(60_000);
    expect(cache.stats()).toMatchObject({ entries: 0, expirations: 1 });
  });
});

describe('stale-if-error', () => {
  const options: CacheOptions = { ttl: 100, staleIfError: 1000 };

  it('serves the stale value while the load fails, and throws the error of the load after the window', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    for (const pause of [100, 500, 399]) {
      clock.advance(pause);
      expect(await cache.getOrLoad(['k'], failing, options)).toBe('old');
    }
    expect(cache.stats()).toMatchObject({ fallbacks: 3, errors: 3, misses: 4 });
    clock.advance(101);
    await expect(cache.getOrLoad(['k'], failing, options)).rejects.toBe(failure);
  });

  it('waits for a load that succeeds', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(100);
    expect(await cache.getOrLoad(['k'], async () => 'new', options)).toBe('new');
    expect(await cache.getOrLoad(['k'], failing, options)).toBe('new');
  });

  it('spares a failing source for the retry delay, in single reads and in batches', async () => {
    const pausing: CacheOptions = { ttl: 100, staleIfError: { for: 5000, retryDelay: 1000 } };
    await cache.getMany([['k'], ['l']], async () => ['old', 'older'], pausing);
    clock.advance(100);
    expect(await cache.getOrLoad(['k'], failing, pausing)).toBe('old');
    await cache.getMany([['l']], failing, pausing);
    expect(cache.stats()).toMatchObject({ errors: 2, fallbacks: 2 });
    clock.advance(999);
    expect(await cache.getOrLoad(['k'], failing, pausing)).toBe('old');
    expect(await cache.getMany([['k'], ['l']], failing, pausing)).toEqual(['old', 'older']);
    expect(cache.stats()).toMatchObject({ errors: 2, fallbacks: 5 });
    clock.advance(1);
    expect(await cache.getMany([['k'], ['l']], async () => ['new', 'newer'], pausing)).toEqual(['new', 'newer']);
  });

  it('loads at once after an invalidation, whatever the retry delay, and after the window', async () => {
    const pausing: CacheOptions = { ttl: 100, staleIfError: { for: 500, retryDelay: '1h' } };
    await cache.getOrLoad(['k'], async () => 'old', pausing);
    clock.advance(100);
    expect(await cache.getOrLoad(['k'], failing, pausing)).toBe('old');
    await cache.invalidate(['k']);
    expect(await cache.getOrLoad(['k'], async () => 'new', pausing)).toBe('new');
    clock.advance(100);
    expect(await cache.getOrLoad(['k'], failing, pausing)).toBe('new');
    clock.advance(500);
    await expect(cache.getOrLoad(['k'], failing, pausing)).rejects.toBe(failure);
  });

  it('takes no retry delay without an end', async () => {
    const options: CacheOptions = { staleIfError: { for: '1h', retryDelay: Number.POSITIVE_INFINITY } };
    await expect(cache.getOrLoad(['k'], failing, options)).rejects.toBeInstanceOf(LarderOptionsError);
  });

  it('does not serve a value that was invalidated while the load failed', async () => {
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(100);
    const loaded = defer<string>();
    const answer = cache.getOrLoad(['k'], () => loaded.promise, options);
    await cache.invalidate(['k']);
    loaded.reject(failure);
    await expect(answer).rejects.toBe(failure);
  });

  const withStatus = (name: string, status: unknown) => Object.assign(new Error(name), { [name]: status });
  it.each<[string, unknown, 'stale value' | 'error']>([
    ['a status of 500', new InternalServerErrorException(), 'stale value'],
    ['a status of 502', withStatus('status', 502), 'stale value'],
    ['a status of 503', withStatus('statusCode', 503), 'stale value'],
    ['a status of 504', withStatus('response', { status: 504 }), 'stale value'],
    ['no status', withStatus('code', 'ECONNREFUSED'), 'stale value'],
    ['an invalid status', withStatus('status', 0), 'stale value'],
    ['no error', undefined, 'stale value'],
    ['a status of 404', new NotFoundException(), 'error'],
    ['a status of 403', withStatus('status', 403), 'error'],
    ['a status of 410', withStatus('statusCode', 410), 'error'],
    ['a status of 501', withStatus('status', 501), 'error'],
    ['a status of 404 in a response', withStatus('response', { status: 404 }), 'error'],
    ['a status of 404 from the AWS SDK', withStatus('$metadata', { httpStatusCode: 404 }), 'error'],
  ])('decides by the error of a load: %s', async (_, error, expected) => {
    const refuse = () => Promise.reject(error);
    await cache.getOrLoad(['k', 1], async () => 'old', options);
    clock.advance(200);
    const single = await cache.getOrLoad(['k', 1], refuse, options).catch((thrown: unknown) => ({ thrown }));
    const batch = await cache.getMany([['k', 1]], refuse, options).catch((thrown: unknown) => ({ thrown }));
    expect(single).toEqual(expected === 'stale value' ? 'old' : { thrown: error });
    expect(batch).toEqual(expected === 'stale value' ? ['old'] : { thrown: error });
  });

  it('asks the function on for which failures to serve the stale value', async () => {
    const gone: CacheOptions = {
      ttl: 100,
      staleIfError: { for: 1000, on: (error) => error instanceof NotFoundException },
    };
    await cache.getOrLoad(['k'], async () => 'old', gone);
    clock.advance(200);
    expect(await cache.getOrLoad(['k'], () => Promise.reject(new NotFoundException()), gone)).toBe('old');
    await expect(cache.getOrLoad(['k'], failing, gone)).rejects.toBe(failure);
    await expect(cache.getMany([['k']], failing, gone)).rejects.toBe(failure);
  });

  it('throws the failure if that function throws', async () => {
    const odd: CacheOptions = {
      ttl: 100,
      staleIfError: {
        for: 1000,
        on: () => {
          throw new Error('odd');
        },
      },
    };
    await cache.getOrLoad(['k'], async () => 'old', odd);
    clock.advance(200);
    await expect(cache.getOrLoad(['k'], failing, odd)).rejects.toBe(failure);
  });

  it('serves stale values after the stale-while-revalidate window if both are set', async () => {
    const both: CacheOptions = { ttl: 100, staleWhileRevalidate: 100, staleIfError: 300 };
    await cache.getOrLoad(['k'], async () => 'old', both);
    clock.advance(250);
    expect(await cache.getOrLoad(['k'], failing, both)).toBe('old');
    clock.advance(150);
    await expect(cache.getOrLoad(['k'], failing, both)).rejects.toBe(failure);
  });
});

describe('refresh-ahead', () => {
  it.each([
    [true, 799, 800],
    [0.5, 499, 500],
  ])('with %p loads a new value at a hit late in the TTL', async (refreshAhead, early, late) => {
    const options: CacheOptions = { ttl: 1000, refreshAhead };
    const load = counting();
    await cache.getOrLoad(['k'], load, options);
    clock.advance(early);
    await cache.getOrLoad(['k'], load, options);
    expect(load.calls).toBe(1);
    clock.advance(late - early);
    expect(await cache.getOrLoad(['k'], load, options)).toEqual({ version: 1 });
    expect(load.calls).toBe(2);
    await nextTurn();
    expect(await cache.getOrLoad(['k'], load, options)).toEqual({ version: 2 });
    expect(cache.stats()).toMatchObject({ hits: 3, stale: 0, misses: 1 });
  });

  it('serves the value until its TTL ends when the refresh fails', async () => {
    const options: CacheOptions = { ttl: 1000, refreshAhead: true };
    await cache.getOrLoad(['k'], async () => 'old', options);
    clock.advance(900);
    expect(await cache.getOrLoad(['k'], failing, options)).toBe('old');
    clock.advance(99);
    expect(await cache.getOrLoad(['k'], failing, options)).toBe('old');
    clock.advance(1);
    await expect(cache.getOrLoad(['k'], failing, options)).rejects.toBe(failure);
  });
});

describe('time-outs', () => {
  const stale: CacheOptions = { ttl: 100, staleIfError: 1000, softTimeout: 50, hardTimeout: 200 };
  /** A load that never ends by itself, and its signal. */
  function hanging() {
    const load = Object.assign(
      ({ signal }: LoadContext) => {
        load.signal = signal;
        return new Promise<string>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
      { signal: undefined as AbortSignal | undefined },
    );
    return load;
  }

  it('after the soft one the stale value is served, and the load goes on', async () => {
    await cache.getOrLoad(['k'], async () => 'old', stale);
    clock.advance(100);
    const loaded = defer<string>();
    const answer = cache.getOrLoad(['k'], () => loaded.promise, stale);
    await nextTurn();
    clock.advance(50);
    expect(await answer).toBe('old');
    loaded.resolve('new');
    await nextTurn();
    expect(await cache.getOrLoad(['k'], failing, stale)).toBe('new');
  });

  it('without a stale value the soft one does nothing, and the hard one ends in an error and an aborted signal', async () => {
    const load = hanging();
    const answer = cache.getOrLoad(['k'], load, stale);
    const joined = cache.getOrLoad(['k'], load, stale);
    const refused = [
      expect(answer).rejects.toThrow(LarderTimeoutError),
      expect(joined).rejects.toThrow('within 200 ms'),
    ];
    clock.advance(199);
    await nextTurn();
    expect(load.signal?.aborted).toBe(false);
    clock.advance(1);
    await Promise.all(refused);
    expect(load.signal?.aborted).toBe(true);
    expect(load.signal?.reason).toBeInstanceOf(LarderTimeoutError);
    expect(cache.stats()).toMatchObject({ timeouts: 1 });
    expect(await cache.getOrLoad(['k'], async () => 'next', stale)).toBe('next');
  });

  it('after the soft one a value invalidated during the load is not served', async () => {
    const loaded = defer<string>();
    await cache.getOrLoad(['k'], async () => 'old', stale);
    clock.advance(100);
    const answer = cache.getOrLoad(['k'], () => loaded.promise, stale);
    const batch = cache.getMany([['k']], async () => [await loaded.promise], stale);
    await cache.invalidate(['k']);
    clock.advance(50);
    loaded.resolve('new');
    expect(await answer).toBe('new');
    expect(await batch).toEqual(['new']);
  });

  it('after the hard one alone the stale value is served', async () => {
    const hard: CacheOptions = { ttl: 100, staleIfError: 1000, hardTimeout: 200 };
    await cache.getOrLoad(['k'], async () => 'old', hard);
    clock.advance(100);
    const answer = cache.getOrLoad(['k'], hanging(), hard);
    await nextTurn();
    clock.advance(200);
    expect(await answer).toBe('old');
  });

  it('the value of a timed-out load does not overwrite the value of a later load', async () => {
    const hard: CacheOptions = { ttl: 1000, hardTimeout: 200 };
    const late = defer<string>();
    const answer = expect(cache.getOrLoad(['k'], () => late.promise, hard)).rejects.toThrow(LarderTimeoutError);
    clock.advance(200);
    await answer;
    expect(await cache.getOrLoad(['k'], async () => 'newer', hard)).toBe('newer');
    late.resolve('late');
    await nextTurn();
    expect(await cache.getOrLoad(['k'], failing, hard)).toBe('newer');
  });

  it('apply to a batch', async () => {
    const keys = [
      ['k', 1],
      ['k', 2],
    ] as const;
    const load = hanging();
    const refused = expect(cache.getMany(keys, async (_, context) => [await load(context)], stale)).rejects.toThrow(
      LarderTimeoutError,
    );
    await nextTurn();
    clock.advance(200);
    await refused;
    expect(load.signal?.aborted).toBe(true);
    await cache.getMany(keys, async () => ['one', 'two'], stale);
    clock.advance(100);
    const answers = cache.getMany(keys, () => new Promise(() => {}), stale);
    await nextTurn();
    clock.advance(50);
    expect(await answers).toEqual(['one', 'two']);
  });
});

describe('a batch', () => {
  const options: CacheOptions = { ttl: 100, staleWhileRevalidate: 100, staleIfError: 300 };
  const keys = [
    ['k', 1],
    ['k', 2],
    ['k', 3],
  ] as const;

  it('serves stale values at once, and refreshes them in the load of the missing keys', async () => {
    await cache.getMany(keys.slice(0, 2), async () => ['one', 'two'], options);
    clock.advance(150);
    const asked: unknown[] = [];
    const load = async (missing: readonly unknown[]) => {
      asked.push(missing);
      return missing.map((key) => `new ${key}`);
    };
    expect(await cache.getMany(keys, load, options)).toEqual(['one', 'two', 'new k,3']);
    expect(asked).toEqual([keys]);
    expect(await cache.getMany(keys, load, options)).toEqual(['new k,1', 'new k,2', 'new k,3']);
    expect(asked).toHaveLength(1);
  });

  it('does not wait for a load that only refreshes stale values, nor fail with it', async () => {
    await cache.getMany(keys, async () => ['one', 'two', 'three'], options);
    clock.advance(150);
    expect(await cache.getMany(keys, failing, options)).toEqual(['one', 'two', 'three']);
    await nextTurn();
    expect(events.map(({ type }) => type)).toEqual(['load-failed', 'load-failed', 'load-failed']);
  });

  it('falls back to stale values if the load fails, and fails if one of them has none', async () => {
    await cache.getMany(keys.slice(0, 2), async () => ['one', 'two'], options);
    clock.advance(250);
    expect(await cache.getMany(keys.slice(0, 2), failing, options)).toEqual(['one', 'two']);
    await expect(cache.getMany(keys, failing, options)).rejects.toBe(failure);
  });
});

describe('null and undefined', () => {
  it.each<[CacheOptions, number]>([
    [{ ttl: 1000, cacheNull: true }, 1000],
    [{ ttl: 1000, negativeTtl: 100 }, 100],
    [{ ttl: 1000, cacheNull: true, negativeTtl: 100 }, 100],
  ])('are stored with %p', async (options, ttl) => {
    for (const nothing of [null, undefined]) {
      const key = ['k', String(nothing)] as const;
      let calls = 0;
      const load = async () => {
        calls++;
        return nothing;
      };
      await cache.getOrLoad(key, load, options);
      clock.advance(ttl - 1);
      expect(await cache.getOrLoad(key, load, options)).toBe(nothing);
      expect(calls).toBe(1);
      clock.advance(1);
      await cache.getOrLoad(key, load, options);
      expect(calls).toBe(2);
    }
  });

  it('are not stored with cacheNull: false', async () => {
    await cache.getOrLoad(['k'], async () => null, { cacheNull: false, negativeTtl: 100 });
    expect(await cache.has(['k'])).toBe(false);
  });
});

it('names every invalid option', async () => {
  const wrong = {
    staleWhileRevalidate: 0,
    staleIfError: 'soon',
    refreshAhead: 1,
    softTimeout: -1,
    hardTimeout: 'never',
    cacheNull: 'yes',
    negativeTtl: Number.NaN,
    tiers: ['disk'],
  } as unknown as CacheOptions;
  const refused: Error = await cache.getOrLoad<never>(['k'], failing, wrong).catch((error) => error);
  expect(refused).toBeInstanceOf(LarderOptionsError);
  for (const name of Object.keys(wrong)) expect(refused.message).toContain(`invalid ${name} of the cache options: got`);
});
