import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LarderKeyError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import type { Key } from '../../keys/key.js';
import { pattern, tag } from '../../keys/target.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import type { Bump, Journal } from '../versions/journal.js';
import { MemoryJournal } from '../versions/memory-journal.js';

let clock: FakeClock;
/** How many calls fail to deliver before one succeeds. */
let refusals: number;
/** The number of slots of each call. */
let bumps: number[];
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  refusals = 0;
  bumps = [];
  const journal = (...[table]: ConstructorParameters<typeof MemoryJournal>): Journal => {
    const real = new MemoryJournal(table, clock);
    const bump = async (slots: readonly number[]): Promise<Bump> => {
      bumps.push(slots.length);
      const { sequence } = await real.bump(slots);
      return { sequence, delivered: refusals-- <= 0 };
    };
    return new Proxy(real, { get: (target, name) => (name === 'bump' ? bump : Reflect.get(target, name, target)) });
  };
  cache = await createCache({ clock, random: () => 1, journal: (table) => journal(table, clock) });
});

const keys = (count: number): Key[] => Array.from({ length: count }, (_, id) => ['k', id]);

describe('invalidateAll', () => {
  it('invalidates keys, tags and patterns, a thousand per step', async () => {
    await cache.set(['k', 7], 'seven');
    await cache.set(['other'], 'tagged', { tags: ['t'] });
    await cache.set(['list', 'page', 2], 'listed');
    bumps = [];
    const targets = [...keys(2500), tag('t'), pattern('list:*')];
    expect(await cache.invalidateAll(targets)).toEqual({ delivered: 2502, undelivered: [], failed: [], skipped: [] });
    // Targets may collide in a slot.
    expect(bumps.map((slots) => Math.ceil(slots / 500))).toEqual([2, 2, 2]);
    for (const key of [['k', 7], ['other'], ['list', 'page', 2]] as const) expect(await cache.has(key)).toBe(false);
  });

  it('goes on past targets that cannot be invalidated, and reports why', async () => {
    await cache.set(['k', 2], 'two');
    const bad = ['k', () => 1] as unknown as Key;
    const report = await cache.invalidateAll([['k', 1], bad, ['k', 2]]);
    expect(report).toMatchObject({ delivered: 2, failed: [{ target: bad, error: expect.any(LarderKeyError) }] });
    expect(await cache.has(['k', 2])).toBe(false);
  });

  it('retries undelivered targets, after pauses that double', async () => {
    refusals = 2;
    const report = cache.invalidateAll(keys(3));
    for (const [pause, tries] of [
      [99, 1],
      [1, 2],
      [199, 2],
      [1, 3],
    ] as const) {
      await nextTurn();
      clock.advance(pause);
      await nextTurn();
      expect(bumps).toHaveLength(tries);
    }
    expect(await report).toMatchObject({ delivered: 3, undelivered: [] });
  });

  it('gives up after the given number of retries, and lists the undelivered targets', async () => {
    refusals = 9;
    expect(await cache.invalidateAll(keys(2), { retries: 0 })).toMatchObject({ delivered: 0, undelivered: keys(2) });
  });

  it('stops when its signal is aborted, and lists the skipped targets', async () => {
    const report = await cache.invalidateAll(keys(5), { signal: AbortSignal.abort() });
    expect(report).toMatchObject({ delivered: 0, skipped: keys(5) });
    expect(bumps).toEqual([]);
  });
});
