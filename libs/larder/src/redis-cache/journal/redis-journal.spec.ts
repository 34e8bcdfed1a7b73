import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from '@jest/globals';
import { SystemClock } from '../../base/clock.js';
import { Tracing } from '../../base/signals/tracer.js';
import { ROOT_SLOT } from '../../cache/versions/slots.js';
import { VersionTable } from '../../cache/versions/version-table.js';
import type { DedicatedConnection } from './journal-follower.js';
import { RedisJournal } from './redis-journal.js';

const SIZE = 2 ** 16;

/** A master without replicas that refuses the first scripts. */
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

function journalOn(
  connection: DedicatedConnection,
  { table = new VersionTable(SIZE), waitReplicas = 0 },
): RedisJournal {
  const neverFollowed = new Promise<never>(() => {});
  let dedicated = 0;
  return new RedisJournal(table, {
    connection,
    // The first connection is the follower's.
    dedicate: () => (dedicated++ === 0 ? neverFollowed : Promise.resolve(connection)),
    prefix: 'larder',
    clock: new SystemClock(),
    timeout: 100,
    maxStaleness: 1000,
    waitReplicas,
    writeIntentTtl: 30_000,
    report: () => {},
    notes: false,
    tracing: new Tracing(),
  });
}

it('reports a bump as undelivered if no replica has it, also when it is sent with pending ones', async () => {
  const journal = journalOn(lonelyMaster(1), { waitReplicas: 1 });
  expect(await journal.bump([7])).toMatchObject({ delivered: false });
  expect(journal.settled).toBe(false);
  expect(await journal.bump([8])).toMatchObject({ delivered: false });
  expect(journal.settled).toBe(true);
  await journal.close();
});

const [PREFIX, KEY] = [7, 8];

it.each([
  ['nothing', [], true],
  ['its own end', [[KEY, 50]], true],
  ['a later invalidation of the key', [[KEY, 51]], false],
  ['a later invalidation of a prefix', [[PREFIX, 51]], false],
  ['a later invalidation of everything', [[ROOT_SLOT, 51]], false],
  ['an invalidation of something else', [[99, 51]], true],
] as const)(
  'lets a write store its value or not, if the follower applied %s before the reply to `conclude`',
  async (_, told, alone) => {
    const table = new VersionTable(SIZE);
    table.apply([ROOT_SLOT], [1]);
    const end = async () => {
      for (const [slot, version] of told) table.apply([slot], [version]);
      return [1, 50, 1];
    };
    const replies = [async () => [1], end];
    const journal = journalOn({ call: async () => replies.shift()?.(), disconnect: () => {} }, { table });
    const intent = await journal.announce({ id: 'shop:1', slots: [KEY, PREFIX], bumps: [KEY] });
    expect(await journal.conclude(intent as never, [KEY])).toMatchObject({ alone });
    await journal.close();
  },
);

it.each([
  ['nothing', [], true],
  ['its own bump', [[KEY, 50]], true],
  ['a later one of the same slot', [[KEY, 51]], false],
] as const)('returns the right sequence of a bump if the follower applied %s before', async (_, told, holds) => {
  const table = new VersionTable(SIZE);
  table.apply([ROOT_SLOT], [1]);
  const call = async () => {
    for (const [slot, version] of told) table.apply([slot], [version]);
    return [1, 50];
  };
  const journal = journalOn({ call, disconnect: () => {} }, { table });
  const { sequence } = await journal.bump([KEY]);
  expect(table.unchangedSince(sequence, [KEY])).toBe(holds);
  await journal.close();
});

it.each([
  ['other slots', [PREFIX], [KEY], true],
  ['the same slot', [PREFIX, KEY], [KEY], false],
  ['everything', [KEY], [ROOT_SLOT], false],
  ['a slot after everything', [ROOT_SLOT], [KEY], true],
])(
  'sends the bumps of a turn in one script, and gives the first the right sequence if the second is of %s: %#',
  async (_, first, second, isLast) => {
    const table = new VersionTable(SIZE);
    let scripts = 0;
    const connection: DedicatedConnection = {
      // The root has the version of a bump only if the bump raised it.
      call: async () => [first.includes(ROOT_SLOT) || second.includes(ROOT_SLOT) ? 50 : 1, 50 + 0 * ++scripts],
      disconnect: () => {},
    };
    const journal = journalOn(connection, { table });
    const [one, other] = await Promise.all([journal.bump(first), journal.bump(second)]);
    expect(scripts).toBe(1);
    expect(table.unchangedSince(one.sequence, first)).toBe(isLast);
    expect(table.unchangedSince(other.sequence, second)).toBe(true);
    await journal.close();
  },
);

it('writes one record per origin for the bumps of a turn, with all their targets', async () => {
  const said: string[] = [];
  const connection: DedicatedConnection = {
    call: async (_command, ...args) => {
      said.push(args.slice(-2).map(String).join(': '));
      return [1, said.length + 1];
    },
    disconnect: () => {},
  };
  const journal = journalOn(connection, {});
  const bump = (slot: number, origin: 'call' | 'job one') =>
    journal.bump([slot], { description: { origin, target: `slot ${slot}` } });
  await Promise.all([bump(7, 'call'), bump(8, 'call'), bump(9, 'job one')]);
  expect(said).toEqual(['call: slot 7, slot 8', 'job one: slot 9']);
  await journal.close();
});

it('writes one record per trace for the bumps of a turn, each in the async context of its caller', async () => {
  const caller = new AsyncLocalStorage<string>();
  const said: unknown[] = [];
  const connection: DedicatedConnection = {
    call: async (_command, ...args) => {
      said.push([caller.getStore(), ...args.slice(-3).map(String)]);
      return [1, said.length + 1];
    },
    disconnect: () => {},
  };
  const journal = journalOn(connection, {});
  const note = { description: { origin: 'call', target: 'row' } };
  const bump = (traceparent: string) => caller.run(traceparent, () => journal.bump([7], { ...note, traceparent }));
  await Promise.all([bump('trace 1'), bump('trace 2')]);
  expect(said).toEqual([
    ['trace 1', 'call', 'row', 'trace 1'],
    ['trace 2', 'call', 'row', 'trace 2'],
  ]);
  await journal.close();
});

it('keeps all bumps of a turn that Redis refused', async () => {
  const journal = journalOn(lonelyMaster(1), {});
  const bumps = await Promise.all([journal.bump([7]), journal.bump([8])]);
  expect(bumps).toMatchObject([{ delivered: false }, { delivered: false }]);
  expect(journal.settled).toBe(false);
  expect(await journal.bump([9])).toMatchObject({ delivered: true });
  expect(journal.settled).toBe(true);
  await journal.close();
});
