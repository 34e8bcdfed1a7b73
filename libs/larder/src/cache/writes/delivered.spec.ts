import { beforeEach, describe, expect, it } from '@jest/globals';
import { defer } from '../../../../../test/support/defer.js';
import { LarderOptionsError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import { ChaosJournal } from '../../testing/chaos.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import type { Bump, Writing } from '../versions/journal.js';
import { MemoryJournal } from '../versions/memory-journal.js';

let clock: FakeClock;

async function chaotic(): Promise<{ cache: Cache; journal: ChaosJournal }> {
  let journal: ChaosJournal | undefined;
  const around = ChaosJournal.around(
    (table) => new MemoryJournal(table, clock),
    (made) => {
      journal = made;
    },
  );
  const cache = await createCache({ clock, journal: around });
  return { cache, journal: journal as ChaosJournal };
}

/** Advances the clock until a promise is settled. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  void promise.finally(() => {
    isSettled = true;
  });
  for (let step = 0; step < 1000 && !isSettled; step++) {
    clock.advance(10);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  return promise;
}

beforeEach(() => {
  clock = new FakeClock();
});

describe('delivered', () => {
  it('is true when nothing is in transit', async () => {
    const cache = await createCache({ clock });
    await cache.invalidate(['k']);
    expect(await cache.delivered()).toBe(true);
    expect(await cache.delivered({ within: 1 })).toBe(true);
  });

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['invalidate', (cache) => cache.invalidate(['k'])],
    ['a write-through', (cache) => cache.writeThrough(['k'], () => 'value')],
    ['set', (cache) => cache.set(['k'], 'value')],
    ['deferred invalidations', (cache) => cache.deferInvalidations(() => cache.invalidate(['k']))],
  ])('is false while the invalidation of %s is queued, and true once it is delivered', async (_, change) => {
    const { cache, journal } = await chaotic();
    journal.cutOff(0);
    await change(cache);
    expect(await settled(cache.delivered({ within: '100ms' }))).toBe(false);
    const later = cache.delivered({ within: '1m' });
    await journal.reconnect();
    expect(await settled(later)).toBe(true);
  });

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['invalidate', (cache) => cache.invalidate(['k'])],
    ['invalidateAll', (cache) => cache.invalidateAll([['k']])],
    ['a write-through', (cache) => cache.writeThrough(['k'], () => 'value')],
    ['set', (cache) => cache.set(['k'], 'value')],
    ['clear', async (cache) => cache.clear((await cache.requestClear()).token)],
    ['deferred invalidations', (cache) => cache.deferInvalidations(async () => void cache.invalidate(['k']))],
  ])('counts %s from the call on, before it is sent', async (name, change) => {
    const answer = defer<void>();
    class Paused extends MemoryJournal {
      override async announce(writing: Writing): Promise<Awaited<ReturnType<MemoryJournal['announce']>>> {
        await answer.promise;
        return super.announce(writing);
      }
      override async bump(slots: readonly number[]): Promise<Bump> {
        await answer.promise;
        return super.bump(slots);
      }
    }
    const cache = await createCache({ clock, journal: (table) => new Paused(table, clock) });
    const call = change(cache);
    if (name === 'clear' || name === 'deferred invalidations') for (let i = 0; i < 4; i++) await Promise.resolve();
    expect(await settled(cache.delivered({ within: '100ms' }))).toBe(false);
    // Before its write runs, a write-through has made no invalidation that could be late.
    const lag = name === 'a write-through' ? 0 : 50;
    expect((await cache.health()).deliveryLag).toBeGreaterThanOrEqual(lag);
    answer.resolve();
    await call;
    expect(await settled(cache.delivered())).toBe(true);
    expect(await cache.health()).toMatchObject({ settled: true, deliveryLag: 0 });
  });

  it('is not blocked by a call that fails', async () => {
    const cache = await createCache({ clock });
    const calls = [cache.invalidate(null as never), cache.clear('no token'), cache.set([] as never, 1)];
    expect(await settled(cache.delivered({ within: '1h' }))).toBe(true);
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  });

  it('waits for invalidations in transit, and not for later ones', async () => {
    const answers = [defer<void>(), defer<void>()];
    let bumps = 0;
    class Slow extends MemoryJournal {
      override async bump(slots: readonly number[]): Promise<Bump> {
        await answers[bumps++]?.promise;
        return super.bump(slots);
      }
    }
    const cache = await createCache({ clock, journal: (table) => new Slow(table, clock) });
    void cache.invalidate(['a']);
    await Promise.resolve();
    const early = cache.delivered({ within: '100ms' });
    expect(await settled(early)).toBe(false);
    const late = cache.delivered({ within: '1h' });
    void cache.invalidate(['b']);
    answers[0]?.resolve();
    expect(await settled(late)).toBe(true);
  });

  it('is false while too few replicas have the invalidation', async () => {
    let replicas = 0;
    class Replicated extends MemoryJournal {
      override async bump(slots: readonly number[]): Promise<Bump> {
        return { ...(await super.bump(slots)), delivered: replicas > 0 };
      }
    }
    const cache = await createCache({ clock, journal: (table) => new Replicated(table, clock) });
    await cache.invalidate(['k']);
    expect(await settled(cache.delivered())).toBe(false);
    replicas = 1;
    await cache.invalidate(['other']);
    expect(await cache.delivered()).toBe(true);
  });

  it('is false inside work that holds invalidations', async () => {
    const cache = await createCache({ clock });
    const inside = await cache.deferInvalidations(async () => {
      await cache.invalidate(['k']);
      return cache.delivered();
    });
    expect(inside).toBe(false);
    expect(await cache.delivered()).toBe(true);
  });

  it.each([{ within: 'soon' }, { within: 0 }, { whithin: '1s' }])('rejects %p', async (options) => {
    const cache = await createCache({ clock });
    await expect(cache.delivered(options as never)).rejects.toThrow(LarderOptionsError);
  });
});
