import { median } from '../measure/figures.js';
import { type Paths, pathsOf } from './paths.js';

const PAIRS = Number(process.env.PAIRS ?? 300);
const PATHS: readonly (keyof Paths)[] = ['hit', 'decorated', 'miss'];

const [first, second] = process.argv.slice(2) as [string, string];
const builds = [await pathsOf(first), await pathsOf(second)] as const;
const speeds: Record<string, number> = {};
for (const path of PATHS) speeds[path] = await speedOfSecond(builds[0][path], builds[1][path]);
process.send?.(speeds);
process.exit();

/** How fast the second runs, to the first: the median over pairs, which begin with either in turn. */
async function speedOfSecond(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<number> {
  for (let round = 0; round < 20; round++) {
    await one();
    await other();
  }
  const ratios: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [first, last] = pair % 2 === 0 ? [one, other] : [other, one];
    const times = [await timed(first), await timed(last)] as const;
    ratios.push(pair % 2 === 0 ? times[0] / times[1] : times[1] / times[0]);
  }
  return median(ratios);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
