import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from 'nest-larder';
import { ChangeFeed, installTriggers, onTable } from 'nest-larder/change-feed';
import { median, range } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { type FeedNode, type StartedPostgres, startNode, startPostgres } from '../measure/postgres.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import { Writers } from './writers.js';

// What the change feed costs writers, and how long until their changes are invalidated.

const ROUNDS = 8;
const SLICE = 2_000;
const BULK = 100_000;
const TABLES = ['plain', 'watched'] as const;

console.log(describeRun(`The change feed, ${ROUNDS} rounds`));
const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
for (const table of TABLES) {
  await postgres.query(`create table ${table} (id bigint primary key, user_id int, agent_id int, status text, duration int, note text);
    insert into ${table} select i, i % 1000, i % 50, 'new', 0, repeat('x', 50) from generate_series(0, ${BULK - 1}) i`);
}
await postgres.query('vacuum analyze');

let told = 0;
const watched = onTable('watched', {
  columns: ['user_id', 'agent_id'],
  invalidate: ({ rows }) => {
    told++;
    return rows.flatMap(({ user_id, agent_id }) => [
      ['users', user_id],
      ['agents', agent_id],
    ]);
  },
});
await installTriggers(postgres.url, [watched]);
const cache = await createCache({ redis: redis.url });
const feed = new ChangeFeed(cache, { url: postgres.url, rules: [watched] });
await feed.start();

const single = await singleRows(postgres);
const bulk = await bulkUpdates();
await feed.close();
const alone = await singleRows(postgres);
await cache.close();
const latency = await latencies(postgres);

printTable(
  ['writers, to a table without triggers', 'ratio', 'least–most'],
  [
    ['one row each, 8 clients, the feed reading', median(single).toFixed(2), range(single, 2)],
    ['one row each, 8 clients, no feed reading', median(alone).toFixed(2), range(alone, 2)],
    [`${BULK} rows in one statement, time`, bulk.ratio.toFixed(2), range(bulk.ratios, 2)],
  ],
);
console.log('');
printTable(
  ['from the commit until a read is fresh, ms', 'median', 'least–most'],
  Object.entries(latency).map(([name, times]) => [name, median(times).toFixed(0), range(times, 0)]),
);
console.log(
  `\nAfter the commit of ${BULK} rows, until all are invalidated: ${median(bulk.drained).toFixed(0)} ms ` +
    `(${range(bulk.drained, 0)}); heap of the reader at most ${bulk.heap.toFixed(0)} MB above where it was.`,
);
judge([
  { what: 'transactions a second with the feed, to without', figure: median(single), atLeast: 0.55 },
  { what: `time of ${BULK} rows in one statement, to without`, figure: bulk.ratio, atMost: 2 },
  { what: 'seconds until they are invalidated, the most', figure: Math.max(...bulk.drained) / 1000, atMost: 5 },
  { what: 'megabytes of heap meanwhile', figure: bulk.heap, atMost: 64 },
  ...Object.entries(latency).map(([what, times]) => ({
    what: `ms at the median, ${what}`,
    figure: median(times),
    atMost: 20,
  })),
]);
await Promise.all([postgres.stop(), redis.stop()]);
process.exit();

/** Rows a second in the watched table divided by those in the plain one, per round. */
async function singleRows({ url }: StartedPostgres): Promise<number[]> {
  const writers = await Writers.start(url);
  for (const table of TABLES) await writers.perSecond(table, SLICE / 2);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? TABLES : TABLES.toReversed();
    const rates = { plain: 0, watched: 0 };
    for (const table of order) {
      rates[table] = await writers.perSecond(table, SLICE);
      // Waits for the feed, so that its remaining work does not slow the other table.
      await delay(300);
    }
    ratios.push(rates.watched / rates.plain);
  }
  writers.end();
  return ratios;
}

/** The ratio of the fastest runs: other load on the machine only slows runs down. */
async function bulkUpdates(): Promise<{ ratio: number; ratios: number[]; drained: number[]; heap: number }> {
  const best = { plain: Number.POSITIVE_INFINITY, watched: Number.POSITIVE_INFINITY };
  const ratios: number[] = [];
  const drained: number[] = [];
  let heap = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const times = { plain: 0, watched: 0 };
    for (const table of round % 2 === 0 ? TABLES : TABLES.toReversed()) {
      await postgres.query('vacuum plain');
      await postgres.query('vacuum watched');
      await postgres.query('checkpoint');
      globalThis.gc?.();
      const before = process.memoryUsage().heapUsed;
      const expected = told + (table === 'watched' ? BULK : 0);
      const began = performance.now();
      await postgres.query(`update ${table} set duration = duration + 1`);
      const committed = performance.now();
      times[table] = committed - began;
      best[table] = Math.min(best[table], times[table]);
      while (told < expected) {
        await delay(5);
        heap = Math.max(heap, (process.memoryUsage().heapUsed - before) / 1e6);
      }
      if (table === 'watched') drained.push(performance.now() - committed);
    }
    ratios.push(times.watched / times.plain);
  }
  return { ratio: best.watched / best.plain, ratios, drained, heap };
}

async function latencies({ url }: StartedPostgres): Promise<Record<string, number[]>> {
  await postgres.query('create table items (id int primary key, value int not null); insert into items values (1, 0)');
  await installTriggers(url, [onTable('items', { columns: ['id'], invalidate: () => [] })]);
  const options = { database: url, url, redis: redis.url, keyPrefix: 'latency' };
  const reader = await startNode(options);
  const other = await startNode(options);
  if (reader.state !== 'reading' || other.state !== 'standing-by') throw new Error('The nodes have the wrong parts.');
  const times: Record<string, number[]> = {};
  let value = 0;
  const measure = async (name: string, node: FeedNode, pause: number) => {
    const found: number[] = [];
    times[name] = found;
    for (let round = 0; round < 60; round++) {
      await node.read([1]);
      const seen = node.seesOther(1, value);
      await delay(pause + Math.random() * 20);
      value++;
      await postgres.query(`update items set value = ${value}`);
      const committed = Date.now();
      found.push(Math.max(0, (await seen) - committed));
    }
  };
  await measure('on the reader, asleep', reader, 300);
  await measure('on another node, the reader asleep', other, 300);
  await measure('on the reader, awake', reader, 20);
  await measure('on another node, the reader awake', other, 20);
  await Promise.all([reader.kill(), other.kill()]);
  return times;
}
