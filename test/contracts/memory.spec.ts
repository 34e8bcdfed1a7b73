import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryCounterStore } from '../../libs/larder/src/background/counters/memory-counter-store.js';
import { MemoryDeadlineStore } from '../../libs/larder/src/background/deadlines/memory-deadline-store.js';
import { LossStore } from '../../libs/larder/src/cache/entries/loss-store.js';
import { MemoryBoard } from '../../libs/larder/src/cache/fleet/memory-board.js';
import { MemoryClaims } from '../../libs/larder/src/cache/fleet/memory-claims.js';
import { MemoryJournal } from '../../libs/larder/src/cache/versions/memory-journal.js';
import { VersionTable } from '../../libs/larder/src/cache/versions/version-table.js';
import { MemoryClearTokens } from '../../libs/larder/src/cache/writes/memory-clear-tokens.js';
import { MemoryHistory } from '../../libs/larder/src/jobs/backends/memory-history.js';
import { MemoryJobLocks } from '../../libs/larder/src/jobs/backends/memory-job-lock.js';
import { MemoryJobPauses } from '../../libs/larder/src/jobs/job-pauses.js';
import { clearTokensContract } from '../../libs/larder/src/testing/clear-tokens-contract.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { journalContract } from '../../libs/larder/src/testing/journal-contract.js';
import { leasesContract } from '../../libs/larder/src/testing/leases-contract.js';
import { MemoryLeases, MemoryTier } from '../../libs/larder/src/testing/memory-tier.js';
import { entryOf, storeContract } from '../../libs/larder/src/testing/store-contract.js';
import { tierContract } from '../../libs/larder/src/testing/tier-contract.js';
import { counterStoreContract } from './counter-store-contract.js';
import { deadlineStoreContract } from './deadline-store-contract.js';
import { fleetBoardContract } from './fleet-board-contract.js';
import { jobRecordsContract } from './job-history-contract.js';
import { jobLocksContract } from './job-lock-contract.js';
import { jobPausesContract } from './job-pause-contract.js';
import { noticeClaimsContract } from './notice-claims-contract.js';

describe('the memory store', () => {
  for (const { name, run } of storeContract((bounds) => new LossStore(bounds))) it(name, run);

  it('stays within its bounds and counts correctly under random operations', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('set' as const), id: fc.nat(9), bytes: fc.integer({ min: 1, max: 120 }) }),
      fc.record({ do: fc.constantFrom('get' as const, 'delete' as const), id: fc.nat(9), bytes: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const store = new LossStore({ maxEntries: 4, maxBytes: 100 });
        for (const { do: verb, id, bytes } of actions) {
          if (verb === 'set') store.set(entryOf(String(id), bytes));
          else store[verb](String(id));
          const kept = [...store.entries()];
          expect(kept).toHaveLength(store.size);
          expect(kept.reduce((sum, one) => sum + one.bytes, 0)).toBe(store.bytes);
          expect(store.size).toBeLessThanOrEqual(4);
          expect(store.bytes).toBeLessThanOrEqual(100);
          if (verb === 'set') expect(store.peek(String(id)) !== undefined).toBe(bytes <= 100);
        }
      }),
    );
  });
});

describe('clear tokens in memory', () => {
  const checks = clearTokensContract(async () => {
    const clock = new FakeClock();
    return { tokens: new MemoryClearTokens(clock), pass: async (time) => clock.advance(time) };
  });
  for (const { name, run } of checks) it(name, run);
});

describe('the memory journal', () => {
  const checks = journalContract(async () => {
    const table = new VersionTable(64);
    return { table, journal: new MemoryJournal(table, new FakeClock()) };
  });
  for (const { name, run } of checks) it(name, run);
});

describe('the memory tier', () => {
  for (const { name, run } of tierContract(async () => new MemoryTier())) it(name, run);
});

describe('memory leases', () => {
  for (const { name, run } of leasesContract(async () => new MemoryLeases())) it(name, run);
});

describe('the locks of jobs in memory', () => {
  for (const { name, run } of jobLocksContract(async () => new MemoryJobLocks())) it(name, run);
});

describe('the pauses of jobs in memory', () => {
  const make = async () => {
    const pauses = new MemoryJobPauses();
    return { pauses, locks: new MemoryJobLocks(pauses) };
  };
  for (const { name, run } of jobPausesContract(make)) it(name, run);
});

describe('the history of jobs in memory', () => {
  for (const { name, run } of jobRecordsContract(async () => new MemoryHistory())) it(name, run);
});

describe('a counter in memory', () => {
  for (const { name, run } of counterStoreContract(async () => new MemoryCounterStore())) it(name, run);
});

describe('deadlines in memory', () => {
  const clock = new FakeClock(new Date());
  for (const { name, run } of deadlineStoreContract(async () => new MemoryDeadlineStore(clock))) it(name, run);
});

describe('the claims of a single process', () => {
  const checks = noticeClaimsContract(async () => {
    const clock = new FakeClock();
    return { claims: new MemoryClaims(clock), pass: async (time) => clock.advance(time) };
  });
  for (const { name, run } of checks) it(name, run);
});

describe('the board of a single process', () => {
  const checks = fleetBoardContract(async () => {
    const clock = new FakeClock();
    return { board: new MemoryBoard(clock), pass: async (time) => clock.advance(time) };
  });
  for (const { name, run } of checks) it(name, run);
});
