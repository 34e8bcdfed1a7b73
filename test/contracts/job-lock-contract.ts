import assert from 'node:assert/strict';
import type { JobLock, JobLocks, LockReply, RunRequest } from '../../libs/larder/src/jobs/job-lock.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

/**
 * What every `JobLocks` must satisfy, for any test runner.
 *
 * @param make creates locks, none of them held
 */
export function jobLocksContract(make: () => Promise<JobLocks>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'are given to one of those who ask': async (locks) => {
      const asked = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(locks, manual(n + 1))));
      assert.equal(asked.filter(({ type }) => type === 'acquired').length, 1);
      assert.equal(asked.filter(({ type }) => type === 'held').length, 19);
      acquired(await ask(locks, manual(1), { job: 'b' }));
    },

    'say how long they last at least': async (locks) => {
      await ask(locks, tick(1));
      const reply = await ask(locks, tick(2));
      assert.ok(reply.type === 'held' && reply.expiresIn > 1000);
    },

    'are free again once released, and a second release takes nothing away': async (locks) => {
      const first = acquired(await ask(locks, tick(1)));
      assert.equal(await first.release(true), true);
      acquired(await ask(locks, tick(2)));
      await first.release(true);
      assert.equal((await ask(locks, tick(3))).type, 'held');
    },

    'run no tick twice, and none that is older than one that ran': async (locks) => {
      await acquired(await ask(locks, tick(5))).release(true);
      assert.equal((await ask(locks, tick(5))).type, 'settled');
      assert.equal((await ask(locks, tick(4))).type, 'settled');
      assert.equal(acquired(await ask(locks, tick(6))).previousTick, 5);
    },

    'skip a tick while a holder is known to live': async (locks) => {
      const lock = acquired(await ask(locks, tick(5)));
      const held = await ask(locks, tick(6));
      assert.ok(held.type === 'held');
      assert.deepEqual(await ask(locks, tick(6), { alive: held.holder }), { type: 'skipped', previousTick: 5 });
      await lock.release(true);
      assert.equal((await ask(locks, tick(6))).type, 'settled');
      assert.equal(acquired(await ask(locks, tick(7))).previousTick, 6);
    },

    'let a run that was asked for go between two ticks': async (locks) => {
      await acquired(await ask(locks, tick(5))).release(true);
      await acquired(await ask(locks, manual(9))).release(true);
      assert.equal(acquired(await ask(locks, tick(6))).previousTick, 5);
    },
  });
}

/** What locks shared by several processes must satisfy in addition. */
export function sharedJobLocksContract(make: () => Promise<JobLocks>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'give the lock to waiting ticks in their order': async (locks) => {
      const lock = acquired(await ask(locks, tick(5)));
      await ask(locks, tick(7));
      await ask(locks, tick(6));
      await lock.release(true);
      assert.equal((await ask(locks, tick(7))).type, 'held');
      await acquired(await ask(locks, tick(6))).release(true);
      assert.equal(acquired(await ask(locks, tick(7))).previousTick, 6);
    },

    'put a run that was not finished before a newer one': async (locks) => {
      await acquired(await ask(locks, tick(5))).release(false);
      const { request, release } = acquired(await ask(locks, tick(6)));
      assert.deepEqual(request, tick(5));
      await release(true);
      assert.deepEqual(acquired(await ask(locks, tick(6))).request, tick(6));
    },

    'begin an unfinished run again once, for one who looks for such': async (locks) => {
      await acquired(await ask(locks, manual(5))).release(false);
      assert.deepEqual(await locks.unfinished?.(), new Map([['a', manual(5)]]));
      const again = acquired(await ask(locks, manual(5), { isRecovery: true }));
      assert.equal((await ask(locks, manual(5), { isRecovery: true })).type, 'held');
      await again.release(true);
      assert.equal((await ask(locks, manual(5), { isRecovery: true })).type, 'settled');
      assert.deepEqual(await locks.unfinished?.(), new Map());
    },

    'give up a run in which one process after another ends': async (locks) => {
      for (let times = 0; times < 6; times++) await acquired(await ask(locks, tick(5))).release(false);
      await assert.rejects(ask(locks, tick(6)), /Abandoned the run of a due at 1970-01-01T00:00:00\.005Z/);
      assert.deepEqual(acquired(await ask(locks, tick(6))).request, tick(6));
    },

    'count ticks of another schedule for nothing': async (locks) => {
      await acquired(await ask(locks, tick(5))).release(true);
      assert.equal(acquired(await ask(locks, tick(6), { schedule: 'other' })).previousTick, undefined);
    },
  });
}

interface Asking {
  readonly job?: string;
  readonly schedule?: string;
  readonly alive?: string;
  readonly isRecovery?: boolean;
}

function ask(locks: JobLocks, request: RunRequest, asking: Asking = {}): Promise<LockReply> {
  const { job = 'a', schedule = 'every 1 ms', alive, isRecovery = false } = asking;
  return locks.acquire(job, schedule, request, { alive, isRecovery });
}

const tick = (at: number): RunRequest => ({ at, kind: 'tick' });
const manual = (at: number): RunRequest => ({ at, kind: 'manual' });

function acquired(reply: LockReply): JobLock {
  assert.equal(reply.type, 'acquired');
  return (reply as Extract<LockReply, { type: 'acquired' }>).lock;
}
