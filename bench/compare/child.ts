import { setImmediate as nextTurn } from 'node:timers/promises';
import { median } from '../measure/figures.js';
import { pathsInMemory } from './paths.js';

const PAIRS = Number(process.env.PAIRS ?? 300);

const [first, second] = process.argv.slice(2) as [string, string];
const builds = [await pathsInMemory(first), await pathsInMemory(second)] as const;
const speeds: Record<string, number> = {};
for (const [path, run] of Object.entries(builds[0])) {
  const other = builds[1][path];
  if (other !== undefined) speeds[path] = await speedOfSecond(run, other);
}
process.send?.(speeds);
process.exit();

/** The speed of the second relative to the first, by processor time: the median over pairs that alternate which begins. */
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
  // What another path has left running ends first.
  await nextTurn();
  await nextTurn();
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return user + system;
}
