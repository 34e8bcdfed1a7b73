import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from '../../create-cache.js';
import type { Key } from '../../keys/key.js';
import { pattern, tag } from '../../keys/target.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';

let cache: Cache;
let clock: FakeClock;

beforeEach(async () => {
  clock = new FakeClock();
  cache = await createCache({ clock, onEvent() {} });
});
afterEach(() => cache.close());

/** A hit after an unrelated invalidation: it checks the slots of the entry, and keeps them. */
async function hitAfterUnrelated(read: () => Promise<unknown>): Promise<void> {
  await cache.invalidate(['unrelated']);
  await read();
}

describe.each([
  ['a key of two parts', ['items', '1'], [], [['items', '1'], ['items'], pattern('*')]],
  ['a key of one part', ['items'], [], [['items'], pattern('*')]],
  [
    'a key of three parts',
    ['items', '1', 'page'],
    [],
    [['items', '1', 'page'], ['items', '1'], ['items'], pattern('*')],
  ],
  ['a key with tags', ['items', '1'], ['venue:7', 'hall'], [['items', '1'], ['items'], tag('venue:7'), tag('hall')]],
] as const)('an entry of %s that was checked', (_, key, tags, targets) => {
  it.each(targets.map((target) => [JSON.stringify(target), target] as const))(
    'is not served after %s',
    async (__, target) => {
      let loads = 0;
      const read = () => cache.getOrLoad(key, () => ++loads, { tags });
      await read();
      await hitAfterUnrelated(read);
      await hitAfterUnrelated(read);
      expect(loads).toBe(1);
      await cache.invalidate(target);
      expect(await read()).toBe(2);
    },
  );
});

it('takes no memory for the slots of a key of two parts, and is counted once for those of other keys', async () => {
  const read = (key: Key, tags: readonly string[]) => () => cache.getOrLoad(key, () => 1, { tags });
  const growth = async (key: Key, tags: readonly string[] = []) => {
    await read(key, tags)();
    const before = cache.stats().bytes;
    const grown: number[] = [];
    for (let hit = 0; hit < 3; hit++) {
      await hitAfterUnrelated(read(key, tags));
      grown.push(cache.stats().bytes - before);
    }
    return grown;
  };
  expect(await growth(['items', '1'])).toEqual([0, 0, 0]);
  expect(await growth(['items', '1', 'page'])).toEqual([72, 72, 72]);
  expect(await growth(['items', '2'], ['venue:7', 'hall'])).toEqual([80, 80, 80]);
});
