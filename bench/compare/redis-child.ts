import { setImmediate as nextTurn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { median } from '../measure/figures.js';
import { libraryOf, type Paths } from './paths.js';
import { CALLS, pathsOfIoredis, pathsThroughRedis } from './redis-paths.js';

/** Microseconds of processor time per call: of this process, and of Redis. */
export interface Cost {
  readonly own: number;
  readonly redis: number;
}

/** By path and build: `first`, `second` and `ioredis`. */
export type Costs = Record<string, Record<string, Cost>>;

const PAIRS = Number(process.env.PAIRS ?? 40);
const WARM_UPS = 15;

const [first, second, url] = process.argv.slice(2) as [string, string, string];
const only = process.env.PATHS?.split(';');
const server = new Redis(url);
const builds: Readonly<Record<string, Paths>> = {
  first: await pathsThroughRedis(await libraryOf(first), url, 'first'),
  second: await pathsThroughRedis(await libraryOf(second), url, 'second'),
  ioredis: pathsOfIoredis(url),
};
const costs: Costs = {};
for (const path of Object.keys(builds.first as Paths)) {
  if (only === undefined || only.some((name) => path.startsWith(name))) costs[path] = await costsOf(path);
}
process.send?.(costs);
process.exit();

/** Measures processor time, because elapsed time says nothing on a busy machine. The builds alternate which runs first. */
async function costsOf(path: string): Promise<Record<string, Cost>> {
  const runs = Object.entries(builds).flatMap(([name, paths]) => {
    const run = paths[path];
    return run === undefined ? [] : [{ name, run, found: [] as Cost[] }];
  });
  for (let round = 0; round < WARM_UPS; round++) for (const { run } of runs) await run();
  for (let pair = 0; pair < PAIRS; pair++) {
    for (const { found, run } of pair % 2 === 0 ? runs : runs.toReversed()) found.push(await costOf(run));
  }
  return Object.fromEntries(
    runs.map(({ name, found }) => [
      name,
      { own: median(found.map(({ own }) => own)), redis: median(found.map(({ redis }) => redis)) },
    ]),
  );
}

async function costOf(run: () => Promise<unknown>): Promise<Cost> {
  const redis = await timeOfRedis();
  const own = process.cpuUsage();
  await run();
  // Background work counts too.
  await nextTurn();
  const { user, system } = process.cpuUsage(own);
  return { own: (user + system) / CALLS, redis: ((await timeOfRedis()) - redis) / CALLS };
}

/** Microseconds of processor time that Redis has used. */
async function timeOfRedis(): Promise<number> {
  const info = await server.info('cpu');
  const seconds = [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, figure]) => Number(figure));
  return seconds.reduce((sum, figure) => sum + figure, 0) * 1e6;
}
