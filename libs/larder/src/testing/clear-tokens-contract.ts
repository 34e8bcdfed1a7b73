import assert from 'node:assert/strict';
import type { ClearTokens } from '../cache/writes/clear-tokens.js';
import { type Check, checksOf } from './contract.js';

const LONG = 60_000;

/**
 * The contract of `ClearTokens`, for any test runner.
 *
 * @param make returns tokens of which none is issued, and `pass`, which lets time pass for them
 */
export function clearTokensContract(
  make: () => Promise<{ tokens: ClearTokens; pass: (milliseconds: number) => Promise<void> }>,
): readonly Check[] {
  return checksOf(make, async () => {}, {
    'are redeemed once': async ({ tokens }) => {
      await tokens.issue('a', LONG);
      await tokens.issue('b', LONG);
      assert.equal(await tokens.redeem('a'), true);
      assert.equal(await tokens.redeem('a'), false);
      assert.equal(await tokens.redeem('b'), true);
    },

    'are redeemed by one of several concurrent callers': async ({ tokens }) => {
      await tokens.issue('a', LONG);
      const redeemed = await Promise.all(Array.from({ length: 20 }, () => tokens.redeem('a')));
      assert.equal(redeemed.filter(Boolean).length, 1);
    },

    'are not redeemed if they were not issued': async ({ tokens }) => {
      await tokens.issue('a', LONG);
      for (const made of ['', 'A', 'a ', 'a*', '{a}', `a${'x'.repeat(10_000)}`]) {
        assert.equal(await tokens.redeem(made), false);
      }
    },

    expire: async ({ tokens, pass }) => {
      await tokens.issue('a', 50);
      await pass(60);
      assert.equal(await tokens.redeem('a'), false);
    },
  });
}
