import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { timeInRounds } from '../measure/rounds.js';
import { printTimings } from '../measure/timings.js';
import { larder } from '../redis-hit/larder.js';
import { SMALL } from '../redis-hit/payloads.js';
import { ioredis } from '../redis-hit/raw.js';
import { atOnce, inBatches, inSequence, type Subject } from '../redis-hit/subject.js';
import { larderMisses } from '../redis-store/subjects.js';
import { nodeRedis } from './raw.js';

// The same cache through ioredis and through node-redis: hits and misses in Redis, of values of 1 KB.

const ROUNDS = Number(process.env.ROUNDS ?? 40);
const SLICE = 60;
const CALLERS = 64;
const BATCH = 100;
const CLIENTS = ['ioredis', 'node-redis'] as const;
const BASE = 'larder, ioredis';

console.log(describeRun(`Redis clients, ${ROUNDS} rounds`));
const redis = await startRedis();
const urls = CLIENTS.map((client) => [client, `${redis.url}?client=${client}`] as const);

const hits: Subject[] = [await ioredis(redis.url, SMALL), await nodeRedis(redis.url, SMALL)];
for (const [client, url] of urls) hits.push({ ...(await larder(url, SMALL)), name: `larder, ${client}` });

let last = 0;
const nextId = () => String(++last);
const load = async (id: string) => ({ ...SMALL.valueUnder('1'), id });
const misses = await Promise.all(
  urls.map(async ([client, url]): Promise<Subject> => {
    const { store, storeMany } = await larderMisses(url, load);
    return {
      name: `larder, ${client}`,
      read: () => store(nextId()),
      readMany: async (batch) => storeMany?.(batch.map(nextId)),
    };
  }),
);

const batches = Array.from({ length: 4 }, (_, n) => SMALL.ids.slice(n * BATCH, (n + 1) * BATCH));
for (const [what, subjects] of [
  ['hit', hits],
  ['miss', misses],
] as const) {
  const options = { rounds: ROUNDS, steps: SMALL.ids, slice: SLICE };
  printTimings(`${what}, one caller`, BASE, await timeInRounds(subjects.map(inSequence), options));
  console.log('');
  const many = subjects.map((subject) => atOnce(CALLERS, subject));
  printTimings(`${what}, ${CALLERS} callers`, BASE, await timeInRounds(many, options));
  console.log('');
  const batched = await timeInRounds(subjects.flatMap(inBatches), { ...options, steps: batches });
  printTimings(`${what}, batches of ${BATCH}`, BASE, batched);
  console.log('');
}
await redis.stop();
process.exit();
