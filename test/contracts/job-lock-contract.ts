import assert from 'node:assert/strict';
import type { Turn, Turns } from '../../libs/larder/src/jobs/job-lock.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

/**
 * What all `Turns` of jobs must hold to, for any test runner.
 *
 * @param make turns of which none is held
 */
export function turnsContract(make: () => Promise<Turns>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'are given to one of those who ask': async (turns) => {
      const asked = await Promise.all(Array.from({ length: 20 }, () => turns.take('a')));
      assert.equal(asked.filter(isTurn).length, 1);
      assert.ok(isTurn(await turns.take('b')));
    },

    'say how long they last at least': async (turns) => {
      await turns.take('a');
      const taken = await turns.take('a');
      assert.ok('expiresIn' in taken && taken.expiresIn > 1000);
    },

    'are free again once released, and a second release takes nothing away': async (turns) => {
      const first = await turns.take('a');
      assert.ok(isTurn(first));
      await first.release();
      assert.ok(isTurn(await turns.take('a')));
      await first.release();
      assert.ok(!isTurn(await turns.take('a')));
    },
  });
}

function isTurn(turn: Awaited<ReturnType<Turns['take']>>): turn is Turn {
  return 'release' in turn;
}
