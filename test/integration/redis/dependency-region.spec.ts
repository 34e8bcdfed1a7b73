import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { Tracing } from '../../../libs/larder/src/base/signals/tracer.js';
import { VersionTable } from '../../../libs/larder/src/cache/versions/version-table.js';
import { openRedis } from '../../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../../libs/larder/src/redis/redis-client.js';
import { RedisJournal } from '../../../libs/larder/src/redis-cache/journal/redis-journal.js';
import { tableKeys } from '../../../libs/larder/src/redis-cache/journal/version-scripts.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const SIZE = 2 ** 16;
const ROOT = SIZE;
const [ONE, OTHER] = [SIZE + 4_000_001, SIZE + 12];
const TIMEOUT = 2000;

interface Node {
  readonly table: VersionTable;
  readonly journal: RedisJournal;
  /** The versions with which this node would store an entry now. */
  stamped(slots: readonly number[]): readonly number[];
}

let server: RedisServer;
let prefix: string;
const opened: { close(): unknown }[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

beforeEach(() => {
  prefix = randomUUID();
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function join(): Promise<Node> {
  const redis = await openRedis(server.url, TIMEOUT);
  const client = new RedisClient(redis, TIMEOUT);
  await until(() => redis.status === 'ready');
  const table = new VersionTable(SIZE);
  table.reserveDependencies();
  const journal = new RedisJournal(table, {
    prefix,
    clock: new SystemClock(),
    connection: client,
    dedicate: (key) => client.dedicate(key),
    timeout: TIMEOUT,
    maxStaleness: 1000,
    waitReplicas: 0,
    writeIntentTtl: 30_000,
    report: () => {},
    notes: false,
    tracing: new Tracing(),
  });
  opened.push(client, journal);
  await until(() => journal.syncedAt > 0);
  return { table, journal, stamped: (slots) => slots.map((slot) => table.stampedVersionOf(slot)) };
}

const holds = ({ table }: Node, slots: readonly number[], versions: readonly number[]) =>
  slots.map((slot, at) => table.holds(slot, versions[at] as number));

it('a change reaches every node, and only entries with its slot', async () => {
  const [writer, reader] = [await join(), await join()];
  const slots = [ROOT, ONE, OTHER];
  const stored = reader.stamped(slots);
  const stamp = reader.table.sequence;
  await writer.journal.bump([ONE]);
  await until(() => !reader.table.unchangedSince(stamp, [ONE]));
  expect(reader.table.unchangedSince(stamp, [ROOT, OTHER])).toBe(true);
  expect(holds(reader, slots, stored)).toEqual([true, false, true]);
  await until(() => writer.stamped([OTHER])[0] === writer.table.versionOf(ONE));
  expect(holds(reader, slots, writer.stamped(slots))).toEqual([true, true, true]);
});

describe('a node that joins later', () => {
  it('asks about the slots of older entries, and uses them', async () => {
    const writer = await join();
    const slots = [ROOT, ONE, OTHER];
    await writer.journal.bump([OTHER]);
    await until(() => writer.stamped([ONE])[0] === writer.table.versionOf(OTHER));
    const stored = writer.stamped(slots);
    await writer.journal.bump([ONE]);
    const late = await join();
    expect(holds(late, slots, stored)).toEqual([true, undefined, undefined]);
    expect(await late.journal.confirm(slots)).toBe(true);
    expect(holds(late, slots, stored)).toEqual([true, false, true]);
  });

  it('needs no question for entries stored after it joined', async () => {
    const writer = await join();
    await writer.journal.bump([ONE]);
    const late = await join();
    await until(() => writer.stamped([OTHER])[0] === writer.table.versionOf(ONE));
    const slots = [ROOT, ONE, OTHER];
    expect(holds(late, slots, writer.stamped(slots))).toEqual([true, true, true]);
  });
});

it('a region that was evicted invalidates every entry that depends on it, on all nodes', async () => {
  const [one, other] = [await join(), await join()];
  const stored = one.stamped([ROOT, OTHER]);
  const stamps = [one.table.sequence, other.table.sequence];
  await server.command('DEL', tableKeys(prefix).region);
  await other.journal.bump([ONE]);
  await until(() => [one, other].every(({ table }, at) => !table.unchangedSince(stamps[at] as number, [ROOT])));
  for (const node of [one, other]) expect(holds(node, [ROOT, OTHER], stored)[0]).toBe(false);
  expect(one.table.unchangedSince(stamps[0] as number, [3])).toBe(true);
});

it('a key of another type in its place is replaced', async () => {
  const node = await join();
  const { region } = tableKeys(prefix);
  await server.command('DEL', region);
  await server.command('LPUSH', region, 'x');
  const stamp = node.table.sequence;
  expect(await node.journal.bump([ONE])).toMatchObject({ delivered: true });
  expect(node.table.unchangedSince(stamp, [ONE])).toBe(false);
  expect(await server.command('TYPE', region)).toBe('string');
});

it('takes no memory in Redis before a slot was raised, and at most 9 MB after it', async () => {
  const node = await join();
  const { region } = tableKeys(prefix);
  const size = async () => Number(await server.command('MEMORY', 'USAGE', region));
  expect(await size()).toBeLessThan(300);
  await node.journal.bump(Array.from({ length: 5000 }, (_, n) => SIZE + 1 + n * 800));
  expect(await size()).toBeLessThan(9 * 1024 * 1024);
});

it('a slot that is raised again and again never gets the same version', async () => {
  const node = await join();
  const found = new Set<number>();
  for (let n = 0; n < 50; n++) {
    await node.journal.bump([ONE, 7]);
    found.add(node.table.versionOf(ONE));
  }
  expect(found.size).toBe(50);
});
