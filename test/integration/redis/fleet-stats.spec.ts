import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createCache } from '../../../libs/larder/src/index.js';
import type { FleetFigures, Reads } from '../../support/fleet-figures/figures-node.js';
import { forkProgram } from '../../support/program.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

// Three processes on one Redis, in the order of a day: they start, read, lose Redis, one is killed, one stops.

let redis: RedisServer;
const nodes: ChildProcess[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  for (let node = 0; node < 3; node++) nodes.push(forkProgram('fleet-figures/figures-node', [redis.url]));
  await Promise.all(nodes.map((node) => once(node, 'message')));
}, 60_000);
afterAll(async () => {
  for (const node of nodes) if (node.exitCode === null && node.signalCode === null) node.kill('SIGKILL');
  await redis.stop();
});

const pidsOf = (children: readonly ChildProcess[]) => children.map(({ pid }) => pid as number).sort();

/** The figures of the fleet as one node sees them after some reads. */
async function seenBy(node: number, reads: Reads = { key: 'none', times: 0 }): Promise<FleetFigures> {
  const child = nodes[node] as ChildProcess;
  const answered = once(child, 'message');
  child.send(reads);
  const [figures] = (await answered) as [FleetFigures];
  return figures;
}

const sees = async (node: number, expected: readonly ChildProcess[]) =>
  JSON.stringify([...(await seenBy(node)).pids].sort()) === JSON.stringify(pidsOf(expected));

it('each node sees all three soon after their start', async () => {
  for (const node of [0, 1, 2]) await until(() => sees(node, nodes));
});

it('the figures are those of all nodes together, and the history has each call once', async () => {
  await Promise.all([
    seenBy(0, { key: 'a', times: 10 }),
    seenBy(1, { key: 'b', times: 20 }),
    seenBy(2, { key: 'c', times: 30 }),
  ]);
  for (const node of [0, 1, 2]) {
    await until(async () => {
      const { hits, misses, loads, entries, minutes } = await seenBy(node);
      return hits + misses === 60 && misses === 3 && loads === 3 && entries === 3 && minutes === 60;
    });
  }
});

it('a node that cannot ask Redis has its own figures and says why, and all of them afterwards', async () => {
  await redis.kill();
  await until(async () => (await seenBy(0)).problem !== undefined);
  const alone = await seenBy(0);
  expect(alone).toMatchObject({ pids: [nodes[0]?.pid], minutes: 0 });
  expect(alone.hits + alone.misses).toBe(10);
  expect(alone.problem).toMatch(/Redis/);
  await redis.restart();
  for (const node of [0, 1, 2]) await until(() => sees(node, nodes));
});

it('a killed node disappears within four intervals, and one that stops at once', async () => {
  const killed = once(nodes[2] as ChildProcess, 'exit');
  nodes[2]?.kill('SIGKILL');
  await killed;
  await until(() => sees(0, nodes.slice(0, 2)), 10_000);
  const stopped = once(nodes[1] as ChildProcess, 'exit');
  nodes[1]?.send('stop');
  await stopped;
  expect((await seenBy(0)).pids).toEqual([nodes[0]?.pid]);
});

it('takes a bounded number of keys, which all expire, and none that another program has', async () => {
  await redis.command('SET', 'larder:fleet:node:other', 'not a report');
  await redis.command('ZADD', 'larder:fleet:nodes', '9e15', 'other');
  expect((await seenBy(0)).pids).toEqual([nodes[0]?.pid]);
  await redis.command('DEL', 'larder:fleet:node:other');
  const keys = ((await redis.command('KEYS', 'larder:fleet:*')) as string[]).map(String);
  expect(keys.length).toBeLessThanOrEqual(4);
  for (const key of keys) expect(await redis.command('PTTL', key)).toBeGreaterThan(0);
});

it('without the option nothing is written', async () => {
  const cache = await createCache({ redis: redis.url, keyPrefix: 'quiet' });
  await cache.getOrLoad(['a'], async () => 1);
  const { nodes: seen } = await cache.stats({ fleet: true });
  expect(seen).toHaveLength(1);
  await cache.close();
  expect(await redis.command('KEYS', 'quiet:fleet:*')).toEqual([]);
});
