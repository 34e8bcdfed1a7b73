import assert from 'node:assert/strict';
import type { JobLocks, LockReply, RunRequest } from '../../libs/larder/src/jobs/job-lock.js';
import type { JobPauses } from '../../libs/larder/src/jobs/job-pauses.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

/** The pauses and the locks of one backend. */
interface PausedLocks {
  readonly pauses: JobPauses;
  readonly locks: JobLocks;
}

/**
 * What `JobPauses`, and the `JobLocks` of the same backend, must satisfy, for any test runner.
 *
 * @param make creates locks, none of them held, and no pause
 */
export function jobPausesContract(make: () => Promise<PausedLocks>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'know nothing of a job that was never paused': async ({ pauses }) => {
      assert.deepEqual(await pauses.state('a'), { paused: undefined, resumedAt: undefined });
      assert.equal(await pauses.resume('a', new Date(1)), undefined);
      assert.deepEqual(await pauses.state('a'), { paused: undefined, resumedAt: undefined });
    },

    'show who paused a job, since when, and when it was resumed': async ({ pauses }) => {
      const pause = { by: 'Ada of the night shift', since: new Date(1_700_000_000_123) };
      assert.equal(await pauses.pause('a', pause), undefined);
      assert.deepEqual(await pauses.state('a'), { paused: pause, resumedAt: undefined });
      assert.equal((await pauses.state('b')).paused, undefined);
      const at = new Date(1_700_000_009_000);
      assert.deepEqual(await pauses.resume('a', at), pause);
      assert.deepEqual(await pauses.state('a'), { paused: undefined, resumedAt: at });
      assert.equal(await pauses.resume('a', new Date(1_700_000_010_000)), undefined);
      assert.deepEqual((await pauses.state('a')).resumedAt, at);
    },

    'keep the first of two pauses': async ({ pauses }) => {
      const first = { by: 'Ada', since: new Date(1000) };
      await pauses.pause('a', first);
      assert.deepEqual(await pauses.pause('a', { by: 'Grace', since: new Date(2000) }), first);
      assert.deepEqual((await pauses.state('a')).paused, first);
    },

    'refuse the ticks of a paused job, and never run them later': async ({ pauses, locks }) => {
      await pauses.pause('a', { by: 'Ada', since: new Date(1000) });
      assert.deepEqual(await ask(locks, tick(5)), { type: 'paused' });
      assert.equal((await ask(locks, tick(5), 'b')).type, 'acquired');
      await pauses.resume('a', new Date(2000));
      assert.equal((await ask(locks, tick(5))).type, 'settled');
      const next = await ask(locks, tick(6));
      assert.ok(next.type === 'acquired');
      // Ticks of a pause are not missed: the last one counts as the one before.
      assert.equal(next.lock.previousTick, 5);
    },

    'let a run of a paused job begin that was asked for': async ({ pauses, locks }) => {
      await pauses.pause('a', { by: 'Ada', since: new Date(1000) });
      const manual = await ask(locks, { at: 7, kind: 'manual' });
      assert.ok(manual.type === 'acquired');
      assert.deepEqual(await ask(locks, tick(8)), { type: 'paused' });
      assert.equal(await manual.lock.release(true), true);
    },

    'let a run end that began before the pause': async ({ pauses, locks }) => {
      const before = await ask(locks, tick(5));
      assert.ok(before.type === 'acquired');
      await pauses.pause('a', { by: 'Ada', since: new Date(1000) });
      assert.deepEqual(await ask(locks, tick(6)), { type: 'paused' });
      assert.equal(await before.lock.release(true), true);
      assert.equal(before.lock.lost.aborted, false);
    },
  });
}

const tick = (at: number): RunRequest => ({ at, kind: 'tick' });

const ask = (locks: JobLocks, request: RunRequest, job = 'a'): Promise<LockReply> =>
  locks.acquire(job, 'every 1 ms', request, { isRecovery: false });
