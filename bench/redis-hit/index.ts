import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf, shuffled } from '../measure/random.js';
import { startRedis } from '../measure/redis.js';
import { timeInRounds } from '../measure/rounds.js';
import { printTimings, speedOf } from '../measure/timings.js';
import { getOrLoad } from '../memory-hit/larder.js';
import { IDS } from '../memory-hit/tournament.js';
import { larder, memoryHitsBesideRedis } from './larder.js';
import { LARGE, SMALL } from './payloads.js';
import { bentocache, layeredLoader } from './peers.js';
import { ioredis, ioredisPipelined } from './raw.js';
import { atOnce, inBatches, inSequence, type Subject } from './subject.js';

// A value that is in Redis but not in memory; and a hit in memory with a Redis connected.

const ROUNDS = 30;
const SLICE = 60;
const CALLERS = 64;
const BATCH = 100;
const RAW = 'ioredis GET';
const OURS = 'larder getOrLoad';

console.log(describeRun(`Redis hits, ${ROUNDS} rounds`));
const redis = await startRedis();
const speeds = new Map<string, number>();

for (const payload of [SMALL, LARGE]) {
  const subjects: Subject[] = [];
  for (const make of [ioredis, ioredisPipelined, larder, layeredLoader, bentocache]) {
    subjects.push(await make(redis.url, payload));
  }
  const { size, ids } = payload;
  const time = async (way: string, candidates: Parameters<typeof timeInRounds<string>>[0], rounds = ROUNDS) => {
    const timings = await timeInRounds(candidates, { rounds, steps: ids, slice: SLICE });
    printTimings(`${size}, ${way}`, RAW, timings);
    console.log('');
    speeds.set(`${size}, ${way}`, speedOf(OURS, RAW, timings));
  };
  // A single caller mostly waits for the system, whose latency varies from round to round.
  await time('one caller', subjects.map(inSequence), 4 * ROUNDS);
  await time(
    `${CALLERS} callers`,
    subjects.map((subject) => atOnce(CALLERS, subject)),
  );
  const batches = Array.from({ length: 4 }, (_, n) => shuffled(ids, randomOf(n)).slice(0, BATCH));
  const timings = await timeInRounds(subjects.flatMap(inBatches), { rounds: ROUNDS, steps: batches, slice: SLICE });
  printTimings(`${size}, batches of ${BATCH}`, RAW, timings);
  console.log('');
  speeds.set(`${size}, batch`, speedOf(OURS, RAW, timings));
}

const memory = await timeInRounds([await getOrLoad(), await memoryHitsBesideRedis(redis.url)], {
  rounds: 3 * ROUNDS,
  steps: shuffled(IDS, randomOf(7)),
  slice: 15,
});
printTimings('memory hit', OURS, memory);
await redis.stop();

const figure = (name: string) => speeds.get(name) ?? 0;
judge([
  { what: '1 KB, one caller, to ioredis', figure: figure('1 KB, one caller'), atLeast: 1 },
  { what: '1 KB, 64 callers, to ioredis', figure: figure('1 KB, 64 callers'), atLeast: 2 },
  { what: '50 KB, one caller, to ioredis', figure: figure('50 KB, one caller'), atLeast: 1.3 },
  { what: '50 KB, 64 callers, to ioredis', figure: figure('50 KB, 64 callers'), atLeast: 1.3 },
  { what: 'a batch of 100 of 1 KB, to MGET', figure: figure('1 KB, batch'), atLeast: 1 },
  { what: 'a batch of 100 of 50 KB, to MGET', figure: figure('50 KB, batch'), atLeast: 1 },
  {
    what: 'a memory hit with Redis, to one without',
    figure: speedOf(`${OURS}, with Redis`, OURS, memory),
    atLeast: 0.95,
  },
]);
process.exit();
