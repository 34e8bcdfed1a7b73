import assert from 'node:assert/strict';
import type { Leases } from '../cache/shared-tier/leases.js';
import { type Check, checksOf } from './contract.js';

/**
 * The contract of `Leases`, for any test runner.
 *
 * @param make returns leases of which none is held
 */
export function leasesContract(make: () => Promise<Leases>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'are given to one of several concurrent callers': async (leases) => {
      const asked = await Promise.all(Array.from({ length: 20 }, () => leases.take('a', 1)));
      assert.equal(asked.filter((lease) => lease !== undefined).length, 1);
      assert.ok(await leases.take('b', 1));
    },

    'are free after a release, and a former holder cannot release them again': async (leases) => {
      const first = await leases.take('a', 1);
      await first?.release();
      assert.ok(await leases.take('a', 1));
      await first?.release();
      assert.equal(await leases.take('a', 1), undefined);
    },

    'that are asked for together are each given to one caller, and released one by one': async (leases) => {
      const ids = ['a', 'b', 'c'];
      const held = await leases.take('b', 1);
      const taken = await Promise.all(ids.map((id) => leases.take(id, 1)));
      assert.deepEqual(
        taken.map((lease) => lease !== undefined),
        [true, false, true],
      );
      await taken[0]?.release();
      await held?.release();
      const again = await Promise.all(ids.map((id) => leases.take(id, 1)));
      assert.deepEqual(
        again.map((lease) => lease !== undefined),
        [true, true, false],
      );
    },

    'of different generations are independent': async (leases) => {
      assert.ok(await leases.take('a', 1));
      assert.ok(await leases.take('a', 2));
    },
  });
}
