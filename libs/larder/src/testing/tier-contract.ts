import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tier } from '../cache/shared-tier/tier.js';
import { type Check, checksOf } from './contract.js';

const LONG = 60_000;

/**
 * The contract of `Tier`, for any test runner. It waits for a real TTL of 50 ms.
 *
 * @param make returns an empty tier
 */
export function tierContract(make: () => Promise<Tier>): readonly Check[] {
  return checksOf(make, (tier) => tier.close(), {
    'returns what was last set, and `undefined` for other ids': async (tier) => {
      await tier.setMany([{ id: 'a:1', bytes: Buffer.from('old'), ttl: LONG }]);
      await tier.setMany([{ id: 'a:1', bytes: Buffer.from('new'), ttl: LONG }]);
      assert.deepEqual(texts(await tier.getMany(['a:1', 'a:2'])), ['new', undefined]);
    },

    'stores and returns many entries, in the requested order': async (tier) => {
      const ids = Array.from({ length: 1200 }, (_, n) => `many:${n}`);
      await tier.setMany(ids.map((id) => ({ id, bytes: Buffer.from(id), ttl: LONG })));
      const asked = [...ids.toReversed(), 'many:none', 'many:7'];
      assert.deepEqual(texts(await tier.getMany(asked)), [...ids.toReversed(), undefined, 'many:7']);
      await tier.setMany([]);
      assert.deepEqual(await tier.getMany([]), []);
    },

    'does not change bytes': async (tier) => {
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
      await tier.setMany([{ id: 'bytes', bytes, ttl: Number.POSITIVE_INFINITY }]);
      const [found] = await tier.getMany(['bytes']);
      assert.deepEqual([...(found ?? [])], [...bytes]);
    },

    'returns the right entries to concurrent callers': async (tier) => {
      await tier.setMany(['a', 'b', 'c'].map((id) => ({ id, bytes: Buffer.from(id), ttl: LONG })));
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'a'].map((id) => tier.getMany([id])));
      assert.deepEqual(texts(answers.flat()), ['a', 'b', 'c', undefined, 'a']);
    },

    'expires an entry after its TTL, and does not store an expired one': async (tier) => {
      await tier.setMany([
        { id: 'short', bytes: Buffer.from('x'), ttl: 50 },
        { id: 'gone', bytes: Buffer.from('x'), ttl: -1 },
        { id: 'long', bytes: Buffer.from('x'), ttl: LONG },
      ]);
      const until = performance.now() + 5000;
      while ((await tier.getMany(['short']))[0] !== undefined) {
        assert.ok(performance.now() < until, 'an entry outlives its TTL');
        await delay(5);
      }
      assert.deepEqual(texts(await tier.getMany(['gone', 'long'])), [undefined, 'x']);
    },

    'finds every id that matches a glob': async (tier) => {
      const ids = ['s:1:x', 's:2:x', 's:2:y', 's:[?]:x', 'other:1:x'];
      await tier.setMany(ids.map((id) => ({ id, bytes: Buffer.from('x'), ttl: LONG })));
      assert.deepEqual(await found(tier, 's:*:x'), ['s:1:x', 's:2:x', 's:[?]:x']);
      assert.deepEqual(await found(tier, 's:[?]:*'), ['s:[?]:x']);
      assert.deepEqual(await found(tier, 'none:*:x'), []);
    },
  });
}

async function found(tier: Tier, glob: string): Promise<string[]> {
  const ids = new Set<string>();
  for await (const portion of tier.search(glob)) for (const id of portion) ids.add(id);
  return [...ids].sort();
}

function texts(answers: readonly (Uint8Array | undefined)[]): (string | undefined)[] {
  return answers.map((bytes) => (bytes === undefined ? undefined : Buffer.from(bytes).toString()));
}
