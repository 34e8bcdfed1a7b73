import 'reflect-metadata';
import { type Measuring, type Speed, type Subject, speedsOf } from './costs.js';
import {
  decoratedMethod,
  getOrLoad,
  getOrLoadBesideRedis,
  hitsBesideInvalidations,
  layeredLoader,
  plainMap,
} from './memory.js';
import { hits, invalidations, misses, stores, timeOfRedis, type Way } from './redis.js';
import { writesThrough } from './write-through.js';

// One path in a process of its own: other paths would share what the engine has learnt of the code.

const ROUNDS = Number(process.env.ROUNDS ?? 20);
const [path, detail = '', redis = '', database = ''] = process.argv.slice(2) as [string, string?, string?, string?];

const PATHS: Readonly<Record<string, () => Promise<readonly Subject[]>>> = {
  hits: async () => {
    const keys = Number(detail);
    return [await plainMap(keys), await layeredLoader(keys), await getOrLoad(keys)];
  },
  'hits beside invalidations': () => hitsBesideInvalidations(Number(detail)),
  'hits beside Redis': async () => [await getOrLoad(Number(detail)), await getOrLoadBesideRedis(Number(detail), redis)],
  'decorated method': async () => [await getOrLoad(Number(detail)), await decoratedMethod(Number(detail))],
  'Redis hits': () => hits(redis, detail as Way),
  misses: () => misses(redis, detail as Way),
  stores: () => stores(redis, detail as Way),
  invalidations: () => invalidations(redis, detail as Way),
  'write-through': () => writesThrough(redis, database),
};

const make = PATHS[path];
if (make === undefined) throw new Error(`There is no path ${path}`);
const isLocal = redis === '';
const measuring: Measuring = {
  rounds: isLocal ? 2 * ROUNDS : ROUNDS,
  slice: isLocal ? 15 : 40,
  serverTime: isLocal ? undefined : timeOfRedis(redis),
};
const speeds: Speed[] = await speedsOf(await make(), measuring);
process.send?.(speeds, () => process.exit());
