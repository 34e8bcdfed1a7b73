import { expect, it } from '@jest/globals';
import { VersionTable } from '../cache/versions.js';
import { SystemClock } from '../clock.js';
import type { DedicatedConnection } from './follower.js';
import { RedisJournal } from './redis-journal.js';

const SIZE = 2 ** 16;

/** A master without replicas, which refuses the first scripts. */
function lonelyMaster(refusals: number): DedicatedConnection {
  let version = 0;
  return {
    call: async (command) => {
      if (command === 'WAIT') return 0;
      if (refusals-- > 0) throw new Error('LOADING');
      return [1, ++version];
    },
    disconnect: () => {},
  };
}

function journalOn(connection: DedicatedConnection): RedisJournal {
  const neverFollowed = new Promise<never>(() => {});
  let dedicated = 0;
  return new RedisJournal(new VersionTable(SIZE), {
    connection,
    // The follower asks first.
    dedicate: () => (dedicated++ === 0 ? neverFollowed : Promise.resolve(connection)),
    prefix: 'larder',
    clock: new SystemClock(),
    deadline: 100,
    maxStaleness: 1000,
    waitReplicas: 1,
    intentTtl: 30_000,
    report: () => {},
  });
}

it('does not call delivered what was sent together with what was kept, and no replica has', async () => {
  const journal = journalOn(lonelyMaster(1));
  expect(await journal.bump([7])).toMatchObject({ delivered: false });
  expect(journal.settled).toBe(false);
  expect(await journal.bump([8])).toMatchObject({ delivered: false });
  expect(journal.settled).toBe(true);
  await journal.close();
});
