import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defer } from '../../../../../test/support/defer.js';
import { LarderLoadCycleError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import type { Key } from '../../keys/key.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryLeases, MemoryTier } from '../../testing/memory-tier.js';
import type { Cache } from '../cache.js';

let clock: FakeClock;
let cache: Cache;

/** The result of a promise, or that it never settles: a load that waits for itself would hang. */
async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  const settled = promise.catch((error: unknown) => error);
  for (let turn = 0; turn < 50; turn++) {
    const first = await Promise.race([settled, nextTurn(HANGS)]);
    if (first !== HANGS) return first;
  }
  return HANGS;
}
const HANGS = 'hangs';

/** Awaits first, so that its flight is registered when it reads. */
async function later<T>(read: () => Promise<T>): Promise<T> {
  await nextTurn();
  return read();
}

const many = (name: string) => async (missing: readonly Key[]) => {
  await nextTurn();
  return missing.map(([, id]) => `${name} ${String(id)}`);
};

afterEach(() => cache.close());

describe.each([
  ['in one process', {}],
  ['with a tier and leases', { tier: true }],
])('a read in a load of its key, %s', (_, { tier }: { tier?: boolean }) => {
  beforeEach(async () => {
    clock = new FakeClock();
    cache = await createCache(tier ? { clock, tier: new MemoryTier(clock), leases: new MemoryLeases() } : { clock });
  });

  it('runs its own loader: a single read in a single read', async () => {
    const inner = () => cache.getOrLoad(['k'], () => 'inner');
    const outer = cache.getOrLoad(['k'], () => later(async () => `outer of ${await inner()}`));
    expect(await outcomeOf(outer)).toBe('outer of inner');
  });

  it('runs its own loader: a batch in a single read, as docs/batches.md has it', async () => {
    const one = () => later(async () => (await cache.getMany([['k', 1]], many('row')))[0]);
    expect(await outcomeOf(cache.getOrLoad(['k', 1], one))).toBe('row 1');
    expect(await outcomeOf(cache.getOrLoad(['k', 1], one))).toBe('row 1');
  });

  it('runs its own loader: a single read in a batch, and the other missing keys of the batch are loaded once', async () => {
    const answers = cache.getMany(
      [
        ['k', 1],
        ['k', 2],
      ],
      (missing) =>
        later(() => Promise.all(missing.map((key) => cache.getOrLoad(key, async () => `one ${String(key[1])}`)))),
    );
    expect(await outcomeOf(answers)).toEqual(['one 1', 'one 2']);
  });

  it('runs its own loader once: a batch in a batch that names the key twice', async () => {
    const asked: (readonly Key[])[] = [];
    const answers = cache.getMany(
      [
        ['k', 1],
        ['k', 2],
      ],
      (missing) =>
        later(
          () =>
            cache.getMany([...missing, ...missing, ['k', 3]], (rest) => {
              asked.push(rest);
              return many('row')(rest);
            }) as Promise<readonly string[]>,
        ).then((rows) => rows.slice(0, missing.length)),
    );
    expect(await outcomeOf(answers)).toEqual(['row 1', 'row 2']);
    expect(asked).toEqual([
      [
        ['k', 1],
        ['k', 2],
        ['k', 3],
      ],
    ]);
  });

  it('stores the value of the outermost load, for all its callers', async () => {
    const begun = defer<void>();
    const outer = cache.getOrLoad(['k'], () =>
      later(async () => {
        await begun.promise;
        return `outer of ${await cache.getOrLoad(['k'], () => 'inner')}`;
      }),
    );
    await nextTurn();
    const other = cache.getOrLoad(['k'], () => 'another');
    begun.resolve();
    expect(await outcomeOf(outer)).toBe('outer of inner');
    expect(await outcomeOf(other)).toBe('outer of inner');
    expect(await cache.get(['k'])).toBe('outer of inner');
  });

  it('runs its own loader after an invalidation during the load', async () => {
    const outer = cache.getOrLoad(['k'], () =>
      later(async () => {
        await cache.invalidate(['k']);
        return cache.getOrLoad(['k'], () => 'inner');
      }),
    );
    expect(await outcomeOf(outer)).toBe('inner');
  });

  it('runs its own loader in a refresh', async () => {
    const options = { ttl: 100, staleWhileRevalidate: '1h' } as const;
    await cache.getOrLoad(['k'], () => 'old', options);
    // Until the lease of that load is released.
    await nextTurn();
    clock.advance(100);
    const refreshed = defer<unknown>();
    const refresh = async () => {
      // Past every window, so that the inner read cannot be served from the store.
      clock.advance(4_000_000);
      const read = later(() => cache.getOrLoad(['k'], () => 'inner'));
      refreshed.resolve(read);
      return read;
    };
    expect(await cache.getOrLoad(['k'], refresh, options)).toBe('old');
    expect(await outcomeOf(refreshed.promise)).toBe('inner');
  });

  it('runs its own loader where two loads wait for each other', async () => {
    const both = defer<void>();
    let waiting = 0;
    const load = (other: string) => async () => {
      if (++waiting === 2) both.resolve();
      await both.promise;
      return `needs ${await cache.getOrLoad([other], () => `own ${other}`)}`;
    };
    const answers = Promise.all([cache.getOrLoad(['a'], load('b')), cache.getOrLoad(['b'], load('a'))]);
    expect(await outcomeOf(answers)).not.toBe(HANGS);
    expect((await answers).every((answer) => answer.startsWith('needs'))).toBe(true);
  });

  it('is a typed error that names the key if the loader is the same', async () => {
    const load = (): Promise<string> => later(() => cache.getOrLoad(['k', 7], load));
    const error = await outcomeOf(cache.getOrLoad(['k', 7], load));
    expect(error).toBeInstanceOf(LarderLoadCycleError);
    expect(error).toMatchObject({ code: 'LARDER_LOAD_CYCLE', key: 'k:7', loads: ['k:7'] });
    expect(await outcomeOf(cache.getOrLoad(['k', 7], () => 'value'))).toBe('value');
  });

  it('is a typed error if each read makes a new loader, without a pause', async () => {
    const read = (): Promise<string> => cache.getOrLoad(['k'], () => read());
    expect(await outcomeOf(read())).toBeInstanceOf(LarderLoadCycleError);
  });

  it('is a typed error if the same batch loader is asked for one of its keys', async () => {
    const load = (missing: readonly Key[]) =>
      later(() => cache.getMany<string>([['other'], missing[0] as Key], load)) as Promise<readonly string[]>;
    expect(await outcomeOf(cache.getMany([['k']], load))).toMatchObject({ code: 'LARDER_LOAD_CYCLE', key: 'k' });
    expect(await outcomeOf(cache.getOrLoad(['other'], () => 'free'))).toBe('free');
  });

  it('joins as usual if the load of another key asks', async () => {
    const value = defer<string>();
    let loads = 0;
    const shared = () =>
      cache.getOrLoad(['shared'], () => {
        loads++;
        return value.promise;
      });
    const answers = Promise.all(['a', 'b', 'c'].map((key) => cache.getOrLoad([key], () => later(shared))));
    await nextTurn();
    await nextTurn();
    value.resolve('one');
    expect(await answers).toEqual(['one', 'one', 'one']);
    expect(loads).toBe(1);
  });

  it('joins a running load if the load that started the read has ended', async () => {
    let after: Promise<string> | undefined;
    const ended = defer<void>();
    await cache.getOrLoad(['k'], () => {
      after = ended.promise.then(() => cache.getOrLoad(['k'], () => 'second'));
      return 'first';
    });
    await cache.invalidate(['k']);
    const value = defer<string>();
    const under = cache.getOrLoad(['k'], () => value.promise);
    ended.resolve();
    await nextTurn();
    value.resolve('joined');
    expect(await under).toBe('joined');
    expect(await after).toBe('joined');
  });
});
