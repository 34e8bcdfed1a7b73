import assert from 'node:assert/strict';
import type { NoticeClaims } from '../../libs/larder/src/cache/fleet/notice-claims.js';
import { type Check, checksOf } from '../../libs/larder/src/testing/contract.js';

const LONG = 60_000;
const NOTHING = { opened: [], closed: [] };
const held = (...ids: readonly string[]) => new Map(ids.map((id) => [id, `text of ${id}`]));

/**
 * What every `NoticeClaims` must satisfy, for any test runner.
 *
 * @param make returns claims that no node has, and `pass`, which lets time pass for them
 */
export function noticeClaimsContract(
  make: () => Promise<{ claims: NoticeClaims; pass: (milliseconds: number) => Promise<void> }>,
): readonly Check[] {
  return checksOf(make, async () => {}, {
    'let the first node open a notice, and the last one close it': async ({ claims }) => {
      assert.deepEqual(await claims.exchange('a', held(), LONG), NOTHING);
      assert.deepEqual(await claims.exchange('a', held('x'), LONG), { opened: ['x'], closed: [] });
      assert.deepEqual(await claims.exchange('b', held('x', 'y z'), LONG), { opened: ['y z'], closed: [] });
      assert.deepEqual(await claims.exchange('a', held('x'), LONG), NOTHING);
      assert.deepEqual(await claims.exchange('a', held(), LONG), NOTHING);
      assert.deepEqual(await claims.exchange('b', held('x'), LONG), { opened: [], closed: ['text of y z'] });
      assert.deepEqual(await claims.exchange('b', held(), LONG), { opened: [], closed: ['text of x'] });
      assert.deepEqual(await claims.exchange('a', held('x'), LONG), { opened: ['x'], closed: [] });
    },

    'let one of several open it at the same moment': async ({ claims }) => {
      const nodes = Array.from({ length: 20 }, (_, node) => claims.exchange(`node-${node}`, held('x'), LONG));
      const opened = (await Promise.all(nodes)).flatMap((claimed) => claimed.opened);
      assert.deepEqual(opened, ['x']);
    },

    'let another node close what a dead one held, with its text': async ({ claims, pass }) => {
      await claims.exchange('dead', new Map([['x', 'the first text']]), 50);
      assert.deepEqual(await claims.exchange('b', held(), LONG), NOTHING);
      await pass(60);
      assert.deepEqual(await claims.exchange('b', held(), LONG), { opened: [], closed: ['the first text'] });
      assert.deepEqual(await claims.exchange('b', held(), LONG), NOTHING);
    },

    'keep the text of the node that opened it': async ({ claims }) => {
      await claims.exchange('a', new Map([['x', 'of a']]), LONG);
      await claims.exchange('b', new Map([['x', 'of b']]), LONG);
      await claims.exchange('a', held(), LONG);
      assert.deepEqual(await claims.exchange('b', held(), LONG), { opened: [], closed: ['of a'] });
    },
  });
}
