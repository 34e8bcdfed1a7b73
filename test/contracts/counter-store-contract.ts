import assert from 'node:assert/strict';
import type { CounterBatch, CounterStore } from '../../libs/larder/src/background/counters/counter-store.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

/**
 * What every `CounterStore` must satisfy, for any test runner.
 *
 * @param make creates an empty store
 */
export function counterStoreContract(make: () => Promise<CounterStore>): readonly Check[] {
  return checksOf(make, (store) => store.close(1000), {
    'sums what is added to a key, and writes it once': async (store) => {
      await Promise.all([store.add('a', 1), store.add('b', 5), store.add('a', 2), store.add('b', -2)]);
      assert.deepEqual([await store.pending('a'), await store.pending('b'), await store.pending('c')], [3, 3, 0]);
      assert.deepEqual(sums(await written(store)), { a: 3, b: 3 });
      assert.equal(await store.pending('a'), 0);
      assert.deepEqual(await written(store), []);
    },

    'takes any text for a key': async (store) => {
      const keys = ['', ' ', 'ключ', 'a:b{c}*', '__proto__', 'line\nbreak', '\0'];
      await Promise.all(keys.map((key, index) => store.add(key, index + 1)));
      const found = (await written(store)).flatMap(({ counts }) => [...counts]);
      assert.deepEqual(found.sort(), keys.map((key, index) => [key, index + 1]).sort());
    },

    'offers a batch that could not be written again, the same under the same id': async (store) => {
      await store.add('a', 1);
      const offered: CounterBatch[] = [];
      const refuse = async (batch: CounterBatch) => {
        offered.push(batch);
        throw new Error('no database');
      };
      await assert.rejects(store.flush(0, refuse), /no database/);
      await store.add('a', 10);
      assert.equal(await store.pending('a'), 11);
      const batches = await written(store);
      assert.deepEqual(sums(batches), { a: 11 });
      assert.deepEqual(
        batches.find(({ id }) => id === offered[0]?.id),
        offered[0],
      );
    },

    'writes other batches when one cannot be written': async (store) => {
      await store.add('bad', 1);
      const batches: CounterBatch[] = [];
      const write = async (batch: CounterBatch) => {
        if (batch.counts.has('bad')) throw new Error('no such row');
        batches.push(batch);
      };
      await assert.rejects(store.flush(0, write), /no such row/);
      await store.add('good', 1);
      await assert.rejects(store.flush(0, write), /no such row/);
      assert.deepEqual(sums(batches), { good: 1 });
      assert.equal(await store.pending('bad'), 1);
    },

    'counts what is added while a batch is being written': async (store) => {
      await store.add('a', 1);
      const first: CounterBatch[] = [];
      await store.flush(0, async (batch) => {
        first.push(batch);
        if (first.length === 1) await store.add('a', 2);
      });
      assert.deepEqual(sums([...first, ...(await written(store))]), { a: 3 });
    },

    'writes each batch once, however many flush at the same time': async (store) => {
      const ids: string[] = [];
      for (let round = 0; round < 20; round++) {
        await store.add('a', 1);
        const note = async ({ id }: CounterBatch) => void ids.push(id);
        await Promise.all([store.flush(0, note), store.flush(0, note), store.flush(0, note)]);
      }
      assert.equal(ids.length, 20);
      assert.equal(new Set(ids).size, 20);
    },
  });
}

async function written(store: CounterStore): Promise<CounterBatch[]> {
  const batches: CounterBatch[] = [];
  await store.flush(0, async (batch) => void batches.push(batch));
  return batches;
}

function sums(batches: readonly CounterBatch[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { counts } of batches) for (const [key, count] of counts) total[key] = (total[key] ?? 0) + count;
  return total;
}
