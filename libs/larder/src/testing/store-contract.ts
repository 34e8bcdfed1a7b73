import assert from 'node:assert/strict';
import { Entry } from '../cache/entries/entry.js';
import type { MemoryStore } from '../cache/entries/memory-store.js';
import { type Check, checksOf } from './contract.js';

/** The bounds of a store. */
export interface StoreBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** An entry of a given size, for tests of a store. */
export function entryOf(id: string, bytes = 10): Entry {
  const content = {
    loadedAt: 0,
    loadCost: 0,
    dueAt: 1000,
    expiresAt: 1000,
    keptUntil: 1000,
    slots: [1],
    tags: [],
    stamp: 0,
    unfreezable: false,
    isForeign: false,
    isShared: false,
    method: undefined,
  };
  return new Entry({ ...content, id, value: { id }, bytes });
}

/**
 * The contract of `MemoryStore`, for any test runner.
 *
 * @param make returns an empty store
 */
export function storeContract(make: (bounds: StoreBounds) => MemoryStore): readonly Check[] {
  const makeSmall = async () => make({ maxEntries: 4, maxBytes: 100 });
  return checksOf(makeSmall, async () => {}, {
    'returns the entry that was last set, until it is deleted': async (store) => {
      const [old, fresh] = [entryOf('a', 10), entryOf('a', 20)];
      store.set(old);
      store.set(fresh);
      assert.equal(store.get('a'), fresh);
      assert.equal(store.peek('a'), fresh);
      assert.deepEqual([store.size, store.bytes], [1, 20]);
      store.delete('a');
      store.delete('a');
      assert.equal(store.get('a'), undefined);
      assert.deepEqual([store.size, store.bytes], [0, 0]);
    },

    'stays within its bounds': async (store) => {
      for (let n = 0; n < 50; n++) {
        store.set(entryOf(String(n % 9), 1 + ((n * 37) % 100)));
        assert.ok(store.size <= 4 && store.bytes <= 100);
        assert.equal(
          [...store.entries()].reduce((sum, { bytes }) => sum + bytes, 0),
          store.bytes,
        );
      }
    },

    'drops the old entry if its successor is too large to store': async (store) => {
      store.set(entryOf('a', 10));
      store.set(entryOf('a', 101));
      assert.equal(store.get('a'), undefined);
    },

    'counts enlarged entries towards its bounds': async (store) => {
      const [one, other] = [entryOf('a', 10), entryOf('b', 10)];
      store.set(one);
      store.set(other);
      assert.equal(store.enlarge(other, 60), true);
      assert.deepEqual([store.bytes, other.bytes], [80, 70]);
      assert.equal(store.enlarge(other, 31), false);
      assert.deepEqual([store.bytes, other.bytes], [80, 70]);
      assert.equal(store.enlarge(other, 30), true);
      assert.deepEqual([store.peek('a'), store.bytes], [undefined, 100]);
      assert.equal(store.enlarge(one, 1), false);
      store.delete('b');
      assert.equal(store.bytes, 0);
    },

    'evicts correctly after it was cleared': async (store) => {
      for (let n = 0; n < 9; n++) store.set(entryOf(String(n)));
      store.clear();
      assert.deepEqual([store.size, store.bytes], [0, 0]);
      for (let n = 0; n < 9; n++) store.set(entryOf(String(n)));
      assert.equal(store.size, 4);
    },

    'can be iterated while entries are added and deleted': async (store) => {
      for (const id of ['a', 'b', 'c']) store.set(entryOf(id));
      for (const { id } of store.entries()) store.delete(id);
      assert.equal(store.size, 0);
    },
  });
}
