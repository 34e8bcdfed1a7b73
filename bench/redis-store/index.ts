import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { type Candidate, timeInRounds } from '../measure/rounds.js';
import { printTimings } from '../measure/timings.js';
import { SMALL } from '../redis-hit/payloads.js';
import { readsWhileHung } from './hung.js';
import {
  bentocacheMisses,
  ioredisMisses,
  ioredisStores,
  larderMisses,
  larderStores,
  layeredLoaderMisses,
} from './subjects.js';

// Values of 1 KB that Redis lacks: each is read once, loaded and stored.

const ROUNDS = Number(process.env.ROUNDS ?? 30);
const SLICE = 60;
const CALLERS = 64;
const BATCH = 100;
const STEPS = Array.from({ length: 200 }, (_, index) => index);

let last = 0;
const nextId = () => String(++last);
const [anyId = ''] = SMALL.ids;
const load = async (id: string) => ({ ...SMALL.valueUnder(anyId), id });

console.log(describeRun(`Misses and stores, ${ROUNDS} rounds`));
const redis = await startRedis();
const { url } = redis;
const misses = [
  ioredisMisses(url, load),
  await larderMisses(url, load),
  layeredLoaderMisses(url, load),
  bentocacheMisses(url, load),
];
const stores = [ioredisStores(url, load), await larderStores(url, load)];

async function time(title: string, candidates: readonly Candidate<number>[], steps = STEPS): Promise<void> {
  const timings = await timeInRounds(candidates, { rounds: ROUNDS, steps, slice: SLICE });
  printTimings(title, candidates[0]?.name ?? '', timings);
  console.log('');
}

for (const [what, subjects] of [
  ['miss', misses],
  ['store', stores],
] as const) {
  const oneByOne = subjects.map(({ name, store }) => ({
    name,
    run: async (steps: readonly number[]) => {
      for (const _ of steps) await store(nextId());
    },
  }));
  const atOnce = subjects.map(({ name, store }) => ({
    name,
    run: async (steps: readonly number[]) => {
      let left = steps.length;
      const call = async () => {
        while (left-- > 0) await store(nextId());
      };
      await Promise.all(Array.from({ length: CALLERS }, call));
    },
  }));
  const batches = subjects.flatMap(({ name, storeMany }) => {
    if (storeMany === undefined) return [];
    const run = async (steps: readonly number[]) => {
      for (const _ of steps) await storeMany(Array.from({ length: BATCH }, nextId));
    };
    return [{ name, run }];
  });
  await time(`${what}, one caller`, oneByOne);
  await time(`${what}, ${CALLERS} callers`, atOnce);
  await time(`${what}, batches of ${BATCH}`, batches, STEPS.slice(0, 4));
}
await redis.stop();
const { longest, all } = await readsWhileHung();
judge([
  { what: 'the longest read while Redis hangs, to the timeout of a call', figure: longest, atMost: 1.2 },
  { what: '200 reads while Redis hangs, to the timeout of a call', figure: all, atMost: 3 },
]);
process.exit();
