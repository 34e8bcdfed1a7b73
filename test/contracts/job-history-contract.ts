import assert from 'node:assert/strict';
import type { JobHistory } from '../../libs/larder/src/jobs/history.js';
import type { EndedRun, JobRun } from '../../libs/larder/src/jobs/run.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

/**
 * What every `JobHistory` must satisfy, for any test runner.
 *
 * @param make creates an empty history
 */
export function jobRecordsContract(make: () => Promise<JobHistory>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'know nothing of what never ran': async (history) => {
      const nothing = {
        running: undefined,
        last: undefined,
        consecutiveFailures: 0,
        total: 0,
        skipped: 0,
        repeated: 0,
      };
      assert.deepEqual(await history.record('a'), nothing);
      assert.deepEqual(await history.runs('a'), []);
    },

    'show a run as recorded, while it runs and afterwards': async (history) => {
      await history.started('a', run(1));
      assert.deepEqual((await history.record('a')).running, run(1));
      await history.ended('a', endedRun(1));
      const { running, last, total } = await history.record('a');
      assert.deepEqual([running, last, total], [undefined, endedRun(1), 1]);
      assert.deepEqual(await history.runs('a'), [endedRun(1)]);
      assert.equal((await history.record('b')).total, 0);
    },

    'count failures until one succeeds, and what was skipped': async (history) => {
      const fail = async (number: number) => {
        await history.started('a', run(number));
        await history.ended('a', { ...endedRun(number), result: 'failed', error: 'no luck' });
      };
      await fail(1);
      await fail(2);
      await history.skipped('a', 1);
      await history.skipped('a', 3);
      await history.repeated('a');
      const { consecutiveFailures, skipped, repeated } = await history.record('a');
      assert.deepEqual([consecutiveFailures, skipped, repeated], [2, 4, 1]);
      await history.started('a', run(3));
      await history.ended('a', endedRun(3));
      assert.equal((await history.record('a')).consecutiveFailures, 0);
    },

    'count a run once when its end is recorded twice': async (history) => {
      const end = endedRun(1);
      await history.started('a', run(1));
      await history.ended('a', end);
      await history.ended('a', end);
      assert.equal((await history.record('a')).total, 1);
      assert.equal((await history.runs('a')).length, 1);
    },

    'write down as lost what began and never ended': async (history) => {
      await history.started('a', run(1));
      await history.started('a', run(2));
      const { running, consecutiveFailures, total } = await history.record('a');
      assert.deepEqual([running, consecutiveFailures, total], [run(2), 1, 1]);
      const [lost] = await history.runs('a');
      assert.deepEqual([lost?.result, lost?.scheduledFor], ['lost', run(1).scheduledFor]);
    },

    'keep the last fifty, the latest first': async (records) => {
      for (let number = 1; number <= 52; number++) {
        await records.started('a', run(number));
        await records.ended('a', endedRun(number));
      }
      const history = await records.runs('a');
      assert.equal(history.length, 50);
      assert.deepEqual([history[0], history[49]], [endedRun(52), endedRun(3)]);
      assert.equal((await records.record('a')).total, 52);
    },
  });
}

function run(number: number): JobRun {
  return { scheduledFor: new Date(number), startedAt: new Date(number + 1), by: 'host:1', attempts: 1 };
}

function endedRun(number: number): EndedRun {
  return { ...run(number), result: 'succeeded', duration: 5 };
}
