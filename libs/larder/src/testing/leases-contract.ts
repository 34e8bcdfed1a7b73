import assert from 'node:assert/strict';
import type { Leases } from '../cache/shared-tier/leases.js';
import { type Check, checksOf } from './contract.js';

/**
 * What every `Leases` must hold to, for any test runner.
 *
 * @param make leases of which none is held
 */
export function leasesContract(make: () => Promise<Leases>): readonly Check[] {
  return checksOf(make, async () => {}, {
    'are given to one of those who ask': async (leases) => {
      const asked = await Promise.all(Array.from({ length: 20 }, () => leases.take('a', 1)));
      assert.equal(asked.filter((lease) => lease !== undefined).length, 1);
      assert.ok(await leases.take('b', 1));
    },

    'are free again once released, and a release by a former holder takes nothing away': async (leases) => {
      const first = await leases.take('a', 1);
      await first?.release();
      assert.ok(await leases.take('a', 1));
      await first?.release();
      assert.equal(await leases.take('a', 1), undefined);
    },

    'of another generation have nothing to do with each other': async (leases) => {
      assert.ok(await leases.take('a', 1));
      assert.ok(await leases.take('a', 2));
    },
  });
}
