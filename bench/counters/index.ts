import { setImmediate as turn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Counter, type CounterBatch, connectToRedis, defineCounter } from 'nest-larder/jobs';
import { median, range } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';

// Increments compared with the same work without a counter, and a flush of many keys.

const ROUNDS = 15;
const KEYS = Array.from({ length: 500 }, (_, n) => `item-${n}`);
const IN_MEMORY = 2_000_000;
const IN_REDIS = 40_000;
/** Callers that each wait for one increment at a time. */
const CALLERS = 1000;

console.log(describeRun(`Counters, ${ROUNDS} rounds`));
const redis = await startRedis();
const raw = new Redis(redis.url, { enableAutoPipelining: true });
const nothing = async () => {};
const buffered = defineCounter({ name: 'buffered', flushEvery: '1h', bufferFor: '50ms', write: nothing });
const direct = defineCounter({ name: 'direct', flushEvery: '1h', write: nothing });
await connectToRedis([buffered, direct], { redis: redis.url, redisTimeout: '30s' });

const plain = new Map<string, number>();
const keyOf = (step: number) => KEYS[step % KEYS.length] as string;

async function inMemory(add: (key: string) => unknown): Promise<number> {
  const began = performance.now();
  for (let step = 0; step < IN_MEMORY; ) {
    // Lets the counter's timers run.
    for (const end = step + 50_000; step < end; step++) add(keyOf(step));
    await turn();
  }
  return (1000 * IN_MEMORY) / (performance.now() - began);
}

async function inRedis(add: (key: string) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const caller = async (first: number) => {
    for (let step = first; step < IN_REDIS; step += CALLERS) await add(keyOf(step));
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, first) => caller(first)));
  return (1000 * IN_REDIS) / (performance.now() - began);
}

const subjects: Readonly<Record<string, () => Promise<number>>> = {
  'a plain Map': () => inMemory((key) => plain.set(key, (plain.get(key) ?? 0) + 1)),
  'larder, buffered': () => inMemory((key) => buffered.add(key)),
  'ioredis HINCRBY, auto-pipelined': () => inRedis((key) => raw.hincrby('raw', key, 1)),
  'larder, unbuffered': () => inRedis((key) => direct.add(key)),
};
const speeds = new Map(Object.keys(subjects).map((name) => [name, [] as number[]]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(subjects)) {
    const speed = await run();
    if (round >= 0) speeds.get(name)?.push(speed);
  }
}
const of = (name: string) => speeds.get(name) ?? [];
const rows = [...speeds].map(([name, list]) => [name, median(list).toFixed(0), range(list, 0)]);
printTable(['increments', 'a second', 'least–most'], rows);
const ratios = of('larder, unbuffered').map(
  (speed, round) => speed / (of('ioredis HINCRBY, auto-pipelined')[round] as number),
);

const batches: CounterBatch[] = [];
const collected = defineCounter({ name: 'views', flushEvery: '1h', write: async (batch) => void batches.push(batch) });
await connectToRedis([collected], { redis: redis.url, redisTimeout: '30s' });
const flushes = [];
for (let round = 0; round < ROUNDS; round++) flushes.push(await flushOf(collected, 10_000));
console.log(`\nA flush of 10,000 keys: ${median(flushes).toFixed(0)} ms (${range(flushes, 0)}), the write not counted`);
batches.length = 0;
await Promise.all(Array.from({ length: 10_000 }, (_, step) => collected.add(keyOf(step))));
await collected.flush();

async function flushOf(counter: Counter, keys: number): Promise<number> {
  await Promise.all(Array.from({ length: keys }, (_, n) => counter.add(`key-${n}`)));
  const began = performance.now();
  await counter.flush();
  return performance.now() - began;
}

judge([
  { what: 'increments a second buffered', figure: median(of('larder, buffered')), atLeast: 5_000_000 },
  { what: 'without, to auto-pipelined HINCRBY', figure: median(ratios), atLeast: 0.9 },
  { what: 'writes for 10,000 views of 500 things', figure: batches.length, atMost: 1 },
  { what: 'rows in them', figure: batches.reduce((sum, { counts }) => sum + counts.size, 0), atMost: 500 },
]);
await redis.stop();
process.exit();
