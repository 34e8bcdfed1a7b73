import assert from 'node:assert/strict';
import type { Journal } from '../cache/versions/journal.js';
import type { VersionTable } from '../cache/versions/version-table.js';
import { type Check, checksOf } from './contract.js';

/** A journal that is already following, and the table that it updates. */
export interface JournalUnderTest {
  readonly journal: Journal;
  readonly table: VersionTable;
}

/**
 * The contract of `Journal`, for any test runner.
 *
 * @param make returns an empty journal, over a table of at least 64 slots
 *
 * @example
 * ```ts
 * for (const { name, run } of journalContract(makeJournal)) it(name, run);
 * ```
 */
export function journalContract(make: () => Promise<JournalUnderTest>): readonly Check[] {
  return checksOf(make, ({ journal }) => journal.close(), {
    'raises all slots of a bump in one step, visible before it resolves': async ({ journal, table }) => {
      const stamp = table.sequence;
      const { delivered, sequence } = await journal.bump([3, 5, 7]);
      assert.equal(delivered, true);
      assert.ok(sequence > stamp && sequence <= table.sequence);
      for (const slot of [3, 5, 7]) assert.equal(table.unchangedSince(stamp, [slot]), false);
      assert.equal(table.unchangedSince(stamp, [4, 6]), true);
    },

    'never gives a slot the same version twice': async ({ journal, table }) => {
      let last = table.versionOf(9);
      for (let n = 0; n < 100; n++) {
        await journal.bump([9]);
        assert.ok(table.versionOf(9) > last);
        last = table.versionOf(9);
      }
    },

    'does nothing for a bump without slots': async ({ journal, table }) => {
      const stamp = table.sequence;
      assert.deepEqual(await journal.bump([]), { delivered: true, sequence: stamp });
    },

    'is settled when all bumps are delivered': async ({ journal }) => {
      assert.equal(journal.settled, true);
      await Promise.all([journal.bump([1]), journal.bump([2]), journal.bump([1, 2])]);
      assert.equal(journal.settled, true);
    },

    'concludes a write as alone if no other write had the same id': async ({ journal, table }) => {
      const intent = await journal.announce({ id: 'k', slots: [3, 5], bumps: [3] });
      await journal.bump([4]);
      const stamp = table.sequence;
      const { delivered, alone, sequence } = await journal.conclude(intent, [3]);
      assert.deepEqual({ delivered, alone }, { delivered: true, alone: true });
      assert.equal(table.unchangedSince(stamp, [3]), false);
      assert.equal(table.unchangedSince(sequence, [3]), true);
      const next = await journal.announce({ id: 'k', slots: [3, 5], bumps: [3] });
      assert.equal((await journal.conclude(next, [3])).alone, true);
    },

    'concludes overlapping writes of the same id as not alone, in any order': async ({ journal }) => {
      const announce = (id: string, slot: number) => journal.announce({ id, slots: [slot], bumps: [slot] });
      // Each writer bumps its own slot: only the overlap can be the reason.
      const first = await announce('k', 3);
      const second = await announce('k', 4);
      const other = await announce('other', 8);
      assert.equal((await journal.conclude(second, [4])).alone, false);
      const third = await announce('k', 5);
      assert.equal((await journal.conclude(first, [3])).alone, false);
      assert.equal((await journal.conclude(third, [5])).alone, false);
      assert.equal((await journal.conclude(other, [8])).alone, true);
    },

    'concludes a write as not alone if one of its slots was bumped, the root included': async ({ journal }) => {
      for (const moved of [3, 5, 0]) {
        const intent = await journal.announce({ id: 'k', slots: [3, 5], bumps: [3] });
        await journal.bump([moved]);
        assert.equal((await journal.conclude(intent, [3])).alone, false);
      }
    },

    'concludes overlapping writes without an id as alone': async ({ journal }) => {
      const first = await journal.announce({ id: undefined, slots: [], bumps: [3] });
      const second = await journal.announce({ id: undefined, slots: [], bumps: [3] });
      assert.equal((await journal.conclude(first, [3])).alone, true);
      assert.equal((await journal.conclude(second, [3])).alone, true);
    },

    'does not count a bump for rows of a write under way as the bump of another': async ({ journal, table }) => {
      for (const id of ['k', `ä\n:${'long'.repeat(100)}`]) {
        const intent = await journal.announce({ id, slots: [3, 5], bumps: [3] });
        const before = table.versionOf(5);
        await journal.bump([3, 5, 7], undefined, intent.mark);
        assert.ok(table.versionOf(5) > before);
        assert.equal((await journal.conclude(intent, [3])).alone, true);
      }
    },

    'counts another bump before or after it': async ({ journal }) => {
      for (const isFirst of [true, false]) {
        const intent = await journal.announce({ id: 'k', slots: [3, 5], bumps: [3] });
        if (isFirst) await journal.bump([5]);
        await journal.bump([3, 5], undefined, intent.mark);
        if (!isFirst) await journal.bump([5]);
        assert.equal((await journal.conclude(intent, [3])).alone, false);
      }
    },

    'raises for a marked row only what the write did not bump when it concluded': async ({ journal, table }) => {
      const intent = await journal.announce({ id: 'k', slots: [3, 5], bumps: [3] });
      const { sequence } = await journal.conclude(intent, [3], undefined, true);
      await journal.bump([3, 7], undefined, intent.mark);
      assert.equal(table.unchangedSince(sequence, [3]), true);
      assert.equal(table.unchangedSince(sequence, [7]), false);
      await journal.bump([3]);
      assert.equal(table.unchangedSince(sequence, [3]), false);
    },

    'raises everything for a mark that it does not know': async ({ journal, table }) => {
      for (const mark of ['w1', 'f'.repeat(24), '} 1 {', '']) {
        const { sequence } = table;
        await journal.bump([3], undefined, mark);
        assert.equal(table.unchangedSince(sequence, [3]), false);
      }
    },

    'raises everything for a mark that was not kept': async ({ journal, table }) => {
      const intent = await journal.announce({ id: 'k', slots: [3], bumps: [3] });
      const { sequence } = await journal.conclude(intent, [3]);
      await journal.bump([3], undefined, intent.mark);
      assert.equal(table.unchangedSince(sequence, [3]), false);
    },

    'raises slots of observed dependencies in the same step as others': async ({ journal, table }) => {
      table.reserveDependencies();
      const [own, other] = [table.size + 11, table.size + 12];
      const stamp = table.sequence;
      const { sequence } = await journal.bump([3, own]);
      assert.equal(table.unchangedSince(stamp, [3]), false);
      assert.equal(table.unchangedSince(stamp, [own]), false);
      assert.equal(table.unchangedSince(stamp, [table.size, other]), true);
      assert.equal(table.unchangedSince(sequence, [3, own]), true);
    },

    'raises them for a marked row that changed while its write was under way': async ({ journal, table }) => {
      table.reserveDependencies();
      const intent = await journal.announce({ id: 'k', slots: [3, 5], bumps: [3] });
      const stamp = table.sequence;
      await journal.bump([3, table.size + 11], undefined, intent.mark);
      assert.equal(table.unchangedSince(stamp, [table.size + 11]), false);
      assert.equal((await journal.conclude(intent, [3])).alone, true);
    },

    'confirms slots of observed dependencies': async ({ journal, table }) => {
      table.reserveDependencies();
      await journal.bump([table.size + 11]);
      const stamp = table.sequence;
      const slots = [table.size, table.size + 11, table.size + 12];
      // What a node has not followed yet may count as changed once.
      assert.equal(await journal.confirm(slots), true);
      assert.equal(await journal.confirm(slots), true);
      assert.equal(table.unchangedSince(stamp, [table.size, table.size + 12]), true);
    },

    'confirms bumped slots': async ({ journal, table }) => {
      await journal.bump([3]);
      const version = table.versionOf(3);
      assert.equal(await journal.confirm([3, 4]), true);
      assert.equal(table.versionOf(3), version);
    },
  });
}
