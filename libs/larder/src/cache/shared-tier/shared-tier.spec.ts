import { expect, it, jest } from '@jest/globals';
import { SystemClock } from '../../base/clock.js';
import { ValueCodec } from '../../codec/value-codec.js';
import { ZlibCompression } from '../../codec/zlib-compression.js';
import { MemoryTier } from '../../testing/memory-tier.js';
import { Entry } from '../entries/entry.js';
import { LossStore } from '../entries/loss-store.js';
import { scheduleOf } from '../policy/freshness.js';
import { toPolicy } from '../policy/policy.js';
import { CallCounters } from '../stats/statistics.js';
import type { Journal } from '../versions/journal.js';
import { ROOT_SLOT, Slots } from '../versions/slots.js';
import { SyncState } from '../versions/sync-state.js';
import { VersionTable } from '../versions/version-table.js';
import { type EncodedEntry, encodeEntry, parseEntry } from './entry-format.js';
import { SharedTier } from './shared-tier.js';

const POLICY = toPolicy({}, { ttl: 60_000, jitter: 0, compressFrom: 1024 }, new CallCounters());

const SIZE = 2 ** 16;
const ID = 'shop:1';

/** A node that has shared one entry; `confirm` records what its journal is asked. */
async function sharing(isCurrent: () => boolean, value = 'old') {
  const clock = new SystemClock();
  const tier = new MemoryTier(clock);
  const table = new VersionTable(SIZE);
  const slots = new Slots(SIZE);
  const confirm = jest.fn(async () => true);
  const journal = {
    settled: true,
    timeOffset: 0,
    confirm,
    get syncedAt() {
      return isCurrent() ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
  } as unknown as Journal;
  const shared = new SharedTier({
    watch: undefined,
    tier,
    clock,
    table,
    slots,
    codec: new ValueCodec(),
    compression: new ZlibCompression(),
    journal,
    sync: new SyncState(journal, clock, 1000),
    store: new LossStore({ maxEntries: 10, maxBytes: 10_000 }),
  });
  const stamp = table.apply([ROOT_SLOT], [1]);
  const now = clock.elapsed();
  const content = { id: ID, value, tags: [], slots: undefined, bytes: 10, unfreezable: false, method: undefined };
  const entry = {
    ...content,
    stamp,
    isForeign: false,
    isShared: true,
    loadedAt: now,
    loadCost: 7,
    ...scheduleOf(now, now + 60_000, POLICY),
  };
  await shared.share([new Entry(entry)], POLICY);
  const [bytes] = await tier.getMany([ID]);
  return { shared, bytes, table, slots, confirm };
}

// Redis may send two replies in one packet: then only microtasks lie between the entry and the invalidation.
const LARGE = 'x'.repeat(1_000_000);
it.each(
  ['old', LARGE].flatMap((value) => Array.from({ length: 12 }, (_, turns) => [value.length, turns, value] as const)),
)('rejects an entry of %i letters that was invalidated %i turns after it was fetched', async (_, turns, value) => {
  const { shared, bytes, table, slots } = await sharing(() => true, value);

  const admitted = shared.admit(ID, bytes, POLICY);
  for (let turn = 0; turn < turns; turn++) await undefined;
  table.apply([slots.ofPath(ID)], [2]);

  const entry = await admitted;
  expect(entry !== undefined && table.unchangedSince(entry.stamp, slots.ofStored(entry))).toBe(false);
});

it('serves an entry that another thread decompresses', async () => {
  const { shared, bytes } = await sharing(() => true, LARGE);
  expect(bytes?.length).toBeLessThan(LARGE.length / 100);
  const admitted = shared.admit(ID, bytes, POLICY);
  expect(admitted).toBeInstanceOf(Promise);
  expect((await admitted)?.value).toBe(LARGE);
});

it.each([
  ['serves an entry without asking the journal while the table is current', true, undefined, 0],
  ['asks the journal about an entry when the table is not current', false, undefined, 1],
  ['asks the journal about slots that a strong read has not confirmed', true, [], 1],
] as const)('%s', async (_, isCurrent, confirmed, questions) => {
  const { shared, bytes, confirm } = await sharing(() => isCurrent);
  expect((await shared.admit(ID, bytes, POLICY, confirmed))?.value).toBe('old');
  expect(confirm).toHaveBeenCalledTimes(questions);
});

it('rejects an entry after an invalidation of a dependency that is in neither its id nor its tags', async () => {
  const { shared, bytes, table, slots } = await sharing(() => true);
  const { header } = parseEntry(ID, bytes as Uint8Array) as EncodedEntry;
  const dependency = { slot: 77, text: 'items.owner = 7' };
  const withDependency = {
    ...header,
    slots: [...header.slots, 77],
    versions: [...header.versions, 0],
    dependencies: [dependency],
  };
  const written = encodeEntry(ID, withDependency, { method: 0, bytes: new ValueCodec().encode('new') });

  const entry = await shared.admit(ID, written, POLICY);
  expect(entry?.value).toBe('new');
  table.apply([77], [2]);

  expect(entry !== undefined && table.unchangedSince(entry.stamp, slots.ofStored(entry))).toBe(false);
  expect(await shared.admit(ID, written, POLICY)).toBeUndefined();
});
