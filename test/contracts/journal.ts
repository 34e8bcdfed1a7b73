import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../libs/larder/src/cache/journal.js';
import type { VersionTable } from '../../libs/larder/src/cache/versions.js';

export interface JournalUnderTest {
  readonly journal: Journal;
  readonly table: VersionTable;
}

/** What every journal must hold to (see `Journal`). */
export function journalContract(name: string, make: () => Promise<JournalUnderTest>): void {
  describe(`the journal contract: ${name}`, () => {
    let journal: Journal;
    let table: VersionTable;

    beforeEach(async () => {
      ({ journal, table } = await make());
    });

    it('raises all slots of a bump in one step, visible before it resolves', async () => {
      const stamp = table.sequence;
      const { delivered, sequence } = await journal.bump([3, 5, 7]);
      expect(delivered).toBe(true);
      expect(sequence).toBe(table.sequence);
      for (const slot of [3, 5, 7]) expect(table.unchangedSince(stamp, [slot])).toBe(false);
      expect(table.unchangedSince(stamp, [4, 6])).toBe(true);
    });

    it('never hands out a version twice for a slot', async () => {
      const versions: number[] = [];
      for (let n = 0; n < 100; n++) {
        await journal.bump([9]);
        versions.push(table.versionOf(9));
      }
      expect(new Set(versions).size).toBe(100);
      expect([...versions].sort((one, other) => one - other)).toEqual(versions);
    });

    it('takes no slots for nothing to do', async () => {
      const stamp = table.sequence;
      expect(await journal.bump([])).toEqual({ delivered: true, sequence: stamp });
    });

    it('concludes a write alone when nothing else touched its key', async () => {
      const intent = await journal.announce('k', [3, 5]);
      await journal.bump([4]);
      const stamp = table.sequence;
      expect(await journal.conclude(intent, [3])).toMatchObject({ delivered: true, alone: true });
      expect(table.unchangedSince(stamp, [3])).toBe(false);
      const next = await journal.announce('k', [3, 5]);
      expect(await journal.conclude(next, [3])).toMatchObject({ alone: true });
    });

    it('concludes no write alone that another of the same key overlapped, whichever ends first', async () => {
      const first = await journal.announce('k', [3]);
      const second = await journal.announce('k', [3]);
      const other = await journal.announce('other', [8]);
      expect(await journal.conclude(second, [3])).toMatchObject({ alone: false });
      const third = await journal.announce('k', [3]);
      expect(await journal.conclude(first, [3])).toMatchObject({ alone: false });
      expect(await journal.conclude(third, [3])).toMatchObject({ alone: false });
      expect(await journal.conclude(other, [8])).toMatchObject({ alone: true });
    });

    it('concludes no write alone when a slot of it moved, the root included', async () => {
      for (const moved of [3, 5, 0]) {
        const intent = await journal.announce('k', [3, 5]);
        await journal.bump([moved]);
        expect(await journal.conclude(intent, [3])).toMatchObject({ alone: false });
      }
    });

    it('confirms what was bumped', async () => {
      expect(await journal.confirm([3])).toBe(true);
    });
  });
}
