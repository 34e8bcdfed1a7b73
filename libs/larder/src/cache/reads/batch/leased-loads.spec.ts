import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { defer } from '../../../../../../test/support/defer.js';
import { createCache } from '../../../create-cache.js';
import type { Key } from '../../../keys/key.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { MemoryLeases, MemoryTier } from '../../../testing/memory-tier.js';
import type { Cache } from '../../cache.js';
import type { Bump, Intent, Journal, WriteResult } from '../../versions/journal.js';
import type { VersionTable } from '../../versions/version-table.js';

/** A journal that tells two nodes at once. */
class SharedJournal {
  readonly #tables: VersionTable[] = [];
  #version = 0;

  join(table: VersionTable): Journal {
    table.apply([0], [1]);
    this.#tables.push(table);
    const bump = async (slots: readonly number[]): Promise<Bump> => {
      const version = 2 + this.#version++;
      for (const one of this.#tables) one.apply(slots, Array(slots.length).fill(version));
      return { delivered: true, sequence: table.sequence };
    };
    return {
      syncedAt: Number.POSITIVE_INFINITY,
      settled: true,
      timeOffset: 0,
      bump,
      announce: async (): Promise<Intent> => ({ token: '' }),
      conclude: async (_, slots): Promise<WriteResult> => ({ ...(await bump(slots)), alone: true }),
      confirm: async () => true,
      close: async () => {},
    };
  }
}

let clock: FakeClock;
let one: Cache;
let other: Cache;
/** The ids of each load. */
let loads: string[];

const keysOf = (ids: readonly number[]): Key[] => ids.map((id) => ['items', id]);

/** Loads the missing ids for a process, when `begin` allows it. */
const loader = (name: string, begin: Promise<void> = Promise.resolve()) => {
  return async (missing: readonly Key[]) => {
    loads.push(`${name}: ${missing.map(([, id]) => String(id)).join(' ')}`);
    await begin;
    return missing.map(([, id]) => `${String(id)} of ${name}`);
  };
};

/** The result of a read that may wait for another process. */
async function resultOf<T>(read: Promise<T>): Promise<T> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  read.then(end, end);
  while (!isOver) {
    await nextTurn();
    clock.advance(5);
  }
  return read;
}

/** Lets everything run that waits for no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

beforeEach(async () => {
  clock = new FakeClock();
  loads = [];
  const journal = new SharedJournal();
  const parts = { clock, tier: new MemoryTier(clock), leases: new MemoryLeases() };
  const node = () => createCache({ ...parts, onEvent() {}, journal: (table) => journal.join(table) });
  [one, other] = [await node(), await node()];
});
afterEach(() => Promise.all([one.close(), other.close()]));

it('loads each key of two overlapping batches in one process only', async () => {
  const first = one.getMany(keysOf([1, 2]), loader('one'));
  const second = other.getMany(keysOf([2, 3]), loader('other'));
  expect(await resultOf(Promise.all([first, second]))).toEqual([
    ['1 of one', '2 of one'],
    ['2 of one', '3 of other'],
  ]);
  expect(loads).toEqual(['one: 1 2', 'other: 3']);
});

it('waits for a key that a single read of another process loads, and a single read for a key of a batch', async () => {
  const gate = defer<void>();
  const single = one.getOrLoad(['items', 1], async () => {
    await gate.promise;
    return 'single';
  });
  await settle();
  const batch = other.getMany(keysOf([1, 2]), loader('other', gate.promise));
  await settle();
  const late = one.getOrLoad(['items', 2], () => 'late');
  await settle();
  gate.resolve();
  expect(await resultOf(Promise.all([single, batch, late]))).toEqual([
    'single',
    ['single', '2 of other'],
    '2 of other',
  ]);
  expect(loads).toEqual(['other: 2']);
});

it('loads what another process failed to load', async () => {
  const gate = defer<void>();
  const failing = one.getMany(keysOf([1, 2]), loader('one', gate.promise)).catch((error: Error) => error.message);
  await settle();
  const batch = other.getMany(keysOf([1, 2, 3]), loader('other'));
  await settle();
  gate.reject(new Error('away'));
  expect(await resultOf(failing)).toBe('away');
  expect(await resultOf(batch)).toEqual(['1 of other', '2 of other', '3 of other']);
  expect(loads).toEqual(['one: 1 2', 'other: 3', 'other: 1 2']);
});

it('frees the keys of a load that takes longer than its hard time-out', async () => {
  const gate = defer<void>();
  const slow = one
    .getMany(keysOf([1]), loader('one', gate.promise), { hardTimeout: 100 })
    .catch((error: Error) => error.name);
  await settle();
  const batch = other.getMany(keysOf([1]), loader('other'));
  expect(await resultOf(slow)).toBe('LarderTimeoutError');
  expect(await resultOf(batch)).toEqual(['1 of other']);
  gate.resolve();
});

it('fails with the error of its load while it waits for another process, and then waits no longer', async () => {
  const gate = defer<void>();
  const elsewhere = one.getMany(keysOf([1]), loader('one', gate.promise));
  await settle();
  const failing = other.getMany(keysOf([1, 2]), loader('other', Promise.reject(new Error('away'))));
  expect(await resultOf(failing.catch((error: Error) => error.message))).toBe('away');
  gate.resolve();
  expect(await resultOf(elsewhere)).toEqual(['1 of one']);
  expect(loads).toEqual(['one: 1', 'other: 2']);
});

it('gives a joined caller its value before the keys that another process loads', async () => {
  const gate = defer<void>();
  const elsewhere = one.getMany(keysOf([1]), loader('one', gate.promise));
  await settle();
  const begin = defer<void>();
  const batch = other.getMany(keysOf([1, 2]), loader('other', begin.promise));
  await settle();
  const joined = other.getOrLoad(['items', 2], () => 'never');
  begin.resolve();
  expect(await resultOf(joined)).toBe('2 of other');
  gate.resolve();
  expect(await resultOf(batch)).toEqual(['1 of one', '2 of other']);
  await elsewhere;
});

it('loads by itself what another process has not loaded for ten seconds', async () => {
  const elsewhere = one.getMany(keysOf([1]), loader('one', new Promise(() => {})));
  elsewhere.catch(() => {});
  await settle();
  const batch = other.getMany(keysOf([1]), loader('other'));
  await settle();
  clock.advance(11_000);
  expect(await resultOf(batch)).toEqual(['1 of other']);
});

it('refreshes an entry that is due in one process only', async () => {
  const options = { ttl: 10_000, refreshAhead: 0.5, tiers: ['redis'] } as const;
  await one.getMany(keysOf([1, 2]), loader('one'), options);
  await settle();
  clock.advance(6_000);
  const gate = defer<void>();
  const reads = [one, other].map((cache, index) =>
    cache.getMany(keysOf([1, 2]), loader(`node ${index}`, gate.promise), options),
  );
  expect(await resultOf(Promise.all(reads))).toEqual(Array(2).fill(['1 of one', '2 of one']));
  await settle();
  gate.resolve();
  await settle();
  expect(loads.slice(1)).toEqual(['node 0: 1 2']);
});
