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

    'of different generations are independent': async (leases) => {
      assert.ok(await leases.take('a', 1));
      assert.ok(await leases.take('a', 2));
    },
  });
}
