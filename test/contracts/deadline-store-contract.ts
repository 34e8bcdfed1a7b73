import assert from 'node:assert/strict';
import type { DeadlineStore, Due } from '../../libs/larder/src/background/deadlines/deadline-store.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

const HOUR = 3_600_000;

/**
 * What every `DeadlineStore` must satisfy, for any test runner.
 *
 * @param make creates an empty store
 */
export function deadlineStoreContract(make: () => Promise<DeadlineStore>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'expires what is due, once, and nothing else': async (store) => {
      await store.track('due', past());
      await store.track('later', future());
      assert.deepEqual(await expired(store), ['due']);
      assert.deepEqual(await expired(store), []);
      assert.equal(await store.size(), 1);
    },

    'needs restoring until a restore has completed': async (store) => {
      assert.equal(await store.isToBeRestored(), true);
      await store.restored(false);
      assert.equal(await store.isToBeRestored(), true);
      await store.track('a', future());
      await store.restored(true);
      assert.equal(await store.isToBeRestored(), false);
    },

    'expires an id at its latest due time': async (store) => {
      await store.track('put off', past());
      assert.equal(await store.extend('put off', future()), 'done');
      await store.track('brought forward', future());
      await store.track('brought forward', past());
      assert.deepEqual(await expired(store), ['brought forward']);
    },

    'does not expire cancelled ids, and reports untracked ones': async (store) => {
      await store.track('a', past());
      assert.equal(await store.cancel('a'), 'done');
      assert.deepEqual(await expired(store), []);
      assert.equal(await store.cancel('a'), 'untracked');
      assert.equal(await store.extend('a', future()), 'untracked');
      assert.equal(await store.size(), 0);
    },

    'refuses changes of an id while it expires': async (store) => {
      await store.track('a', past());
      const told: string[] = [];
      const ids: string[] = [];
      await store.expire(async (found) => {
        ids.push(...found);
        told.push(await store.extend('a', future()), await store.track('a', future()), await store.cancel('a'));
        assert.equal(await store.size(), 1);
      });
      assert.deepEqual([ids, told], [['a'], ['expiring', 'expiring', 'expiring']]);
      assert.deepEqual([await store.size(), await store.extend('a', future())], [0, 'untracked']);
    },

    'either extends or expires an id when both happen at once': async (store) => {
      for (let round = 0; round < 30; round++) {
        const id = `offer ${round}`;
        await store.track(id, past());
        const [changed, ids] = await Promise.all([store.extend(id, future()), expired(store)]);
        assert.equal(ids.includes(id), changed !== 'done');
        assert.equal(
          (await store.dueBy(future() + HOUR, 100)).some((due) => due.id === id),
          changed === 'done',
        );
      }
    },

    'gives each id to one of several concurrent callers of expire': async (store) => {
      for (let n = 0; n < 2500; n++) void store.track(`${n}`, past());
      await store.track('last', past());
      const lists = await Promise.all([expired(store), expired(store), expired(store)]);
      assert.equal(lists.flat().length, 2501);
      assert.equal(new Set(lists.flat()).size, 2501);
    },

    'retries ids that failed to expire, and still expires the others': async (store) => {
      for (let n = 0; n < 1000; n++) void store.track(`bad ${n}`, past() - HOUR);
      await store.track('good', past());
      const seen: string[] = [];
      const refuse = async (ids: string[]) => {
        if (ids.some((id) => id.startsWith('bad'))) throw new Error('no database');
        seen.push(...ids);
      };
      await assert.rejects(store.expire(refuse), /no database/);
      assert.deepEqual(seen, ['good']);
      assert.equal(await store.size(), 1000);
      assert.equal((await expired(store)).length, 1000);
    },

    'lists what is due by a moment, the soonest first': async (store) => {
      const soon = future();
      await store.track('b', soon + 2);
      await store.track('a', soon + 1);
      await store.track('c', soon + 3);
      await store.track('much later', soon + HOUR);
      const due: Due[] = [
        { id: 'a', at: soon + 1 },
        { id: 'b', at: soon + 2 },
        { id: 'c', at: soon + 3 },
      ];
      assert.deepEqual(await store.dueBy(soon + 10, 10), due);
      assert.deepEqual(await store.dueBy(soon + 10, 2), due.slice(0, 2));
    },

    'lists all ids, and removes those unchanged since': async (store) => {
      const at = future();
      for (let n = 0; n < 300; n++) void store.track(`${n}`, at);
      await store.track('moved', at);
      const all: Due[] = [];
      for await (const portion of store.all()) all.push(...portion);
      assert.equal(new Set(all.map(({ id }) => id)).size, 301);
      await store.extend('moved', at + 1);
      assert.deepEqual([await store.remove({ id: 'moved', at }), await store.remove({ id: '1', at })], [false, true]);
      assert.equal(await store.size(), 300);
    },
  });
}

const past = () => Date.now() - 60_000;
const future = () => Date.now() + HOUR;

async function expired(store: DeadlineStore): Promise<string[]> {
  const ids: string[] = [];
  await store.expire(async (found) => void ids.push(...found));
  return ids;
}
