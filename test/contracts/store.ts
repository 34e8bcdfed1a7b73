import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Entry } from '../../libs/larder/src/cache/entry.js';
import type { Store } from '../../libs/larder/src/cache/store.js';

export interface StoreBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

function entry(id: string, bytes = 10): Entry {
  const times = { loadedAt: 0, expiresAt: 1000 };
  return new Entry({ ...times, slots: [1], tags: [], stamp: 0, unfreezable: false, id, value: { id }, bytes });
}

/** What every store must hold to (see `Store`). */
export function storeContract(name: string, make: (bounds: StoreBounds) => Store): void {
  describe(`the store contract: ${name}`, () => {
    let store: Store;

    beforeEach(() => {
      store = make({ maxEntries: 4, maxBytes: 100 });
    });

    it('answers what was last set, until it is deleted', () => {
      const [old, fresh] = [entry('a', 10), entry('a', 20)];
      store.set(old);
      store.set(fresh);
      expect(store.get('a')).toBe(fresh);
      expect(store.peek('a')).toBe(fresh);
      expect([store.size, store.bytes]).toEqual([1, 20]);
      store.delete('a');
      store.delete('a');
      expect(store.get('a')).toBeUndefined();
      expect([store.size, store.bytes]).toEqual([0, 0]);
    });

    it('stays within its bounds whatever is done to it, and counts right', () => {
      const action = fc.oneof(
        fc.record({ do: fc.constant('set' as const), id: fc.nat(9), bytes: fc.integer({ min: 1, max: 120 }) }),
        fc.record({ do: fc.constantFrom('get' as const, 'delete' as const), id: fc.nat(9), bytes: fc.constant(0) }),
      );
      fc.assert(
        fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
          const tried = make({ maxEntries: 4, maxBytes: 100 });
          for (const { do: verb, id, bytes } of actions) {
            if (verb === 'set') tried.set(entry(String(id), bytes));
            else tried[verb](String(id));
            const kept = [...tried.entries()];
            expect(kept).toHaveLength(tried.size);
            expect(kept.reduce((sum, one) => sum + one.bytes, 0)).toBe(tried.bytes);
            expect(tried.size).toBeLessThanOrEqual(4);
            expect(tried.bytes).toBeLessThanOrEqual(100);
            if (verb === 'set') expect(tried.peek(String(id)) !== undefined).toBe(bytes <= 100);
          }
        }),
      );
    });

    it('drops the old entry when its successor is too large to keep', () => {
      store.set(entry('a', 10));
      store.set(entry('a', 101));
      expect(store.get('a')).toBeUndefined();
    });

    it('goes on evicting right after it was cleared', () => {
      for (let n = 0; n < 9; n++) store.set(entry(String(n)));
      store.clear();
      expect([store.size, store.bytes]).toEqual([0, 0]);
      for (let n = 0; n < 9; n++) store.set(entry(String(n)));
      expect(store.size).toBe(4);
    });

    it('can be iterated while entries come and go', () => {
      for (const id of ['a', 'b', 'c']) store.set(entry(id));
      for (const { id } of store.entries()) store.delete(id);
      expect(store.size).toBe(0);
    });
  });
}
