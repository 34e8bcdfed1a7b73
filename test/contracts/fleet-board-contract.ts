import assert from 'node:assert/strict';
import type { FleetBoard } from '../../libs/larder/src/cache/fleet/fleet-board.js';
import type { NodeReport } from '../../libs/larder/src/cache/fleet/node-report.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

const LONG = 60_000;

/** A report of a node with this many hits. */
function reportOf(id: string, hits: number): NodeReport {
  return {
    version: 1,
    node: { id, host: 'host', pid: 1 },
    startedAt: 0,
    at: 0,
    totals: {
      entries: 1,
      bytes: 10,
      evictions: 0,
      expirations: 0,
      dropped: 0,
      invalidatedDuringLoad: 0,
      uncacheable: 0,
      invalidations: 0,
    },
    state: { current: true, settled: true, journalLag: 0, deliveryLag: 0 },
    calls: { h: hits },
    methods: {},
  };
}

/**
 * What every `FleetBoard` must satisfy, for any test runner.
 *
 * @param make returns an empty board, and `pass`, which lets time pass for it
 */
export function fleetBoardContract(
  make: () => Promise<{ board: FleetBoard; pass: (milliseconds: number) => Promise<void> }>,
): readonly Check[] {
  return checksOf(make, async () => {}, {
    'is empty at first': async ({ board }) => {
      assert.deepEqual(await board.reports(), []);
      assert.deepEqual(await board.history(1000), []);
    },

    'has the last report of each node': async ({ board }) => {
      await board.publish(reportOf('a', 1), LONG);
      await board.publish(reportOf('b', 5), LONG);
      await board.publish(reportOf('a', 2), LONG);
      assert.deepEqual(await hitsOn(board), { a: 2, b: 5 });
    },

    'forgets a node that stops, and one that has not published within its life': async ({ board, pass }) => {
      await board.publish(reportOf('killed', 1), 50);
      await board.publish(reportOf('stopped', 1), LONG);
      await board.publish(reportOf('runs', 1), LONG);
      await board.withdraw('stopped');
      await pass(60);
      assert.deepEqual(await hitsOn(board), { runs: 1 });
    },

    'adds what nodes have counted in a minute': async ({ board }) => {
      await board.count({ minute: 1000, calls: { h: 1, 12: 2 } });
      await board.count({ minute: 1000, calls: { h: 4, m: 1, 12: 1 } });
      await board.count({ minute: 1001, calls: { h: 7 } });
      assert.deepEqual(await board.history(1001), [
        { minute: 1000, calls: { h: 5, m: 1, 12: 3 } },
        { minute: 1001, calls: { h: 7 } },
      ]);
    },

    'has the sixty minutes up to a minute': async ({ board }) => {
      for (const minute of [1000, 1001, 1060]) await board.count({ minute, calls: { h: minute } });
      const minutes = (await board.history(1060)).map(({ minute }) => minute);
      assert.deepEqual(minutes, [1001, 1060]);
    },
  });
}

async function hitsOn(board: FleetBoard): Promise<Record<string, number | undefined>> {
  return Object.fromEntries((await board.reports()).map(({ node, calls }) => [node.id, calls.h]));
}
