import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { median, range } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import { DUE, SUBJECTS, type SubjectName } from './subjects.js';

// A million deadlines, a hundred thousand of them due, and two processes that expire them.

const ROUNDS = 9;
const ALL = 1_000_000;
const DUE_NOW = 100_000;
const MASTER = '{larder:deadline:offers}:master';
const HOUR = 3_600_000;

console.log(describeRun(`${DUE_NOW} of ${ALL} deadlines due, 2 processes, ${ROUNDS} rounds`));
const redis = await startRedis();
const side = new Redis(redis.url);
for (let first = 0; first < ALL; first += 5000) {
  const moment = (n: number) => (n < DUE_NOW ? Date.now() - HOUR + n : Date.now() + HOUR + n);
  await side.zadd(MASTER, ...Array.from({ length: 5000 }, (_, n) => [moment(first + n), `offer-${first + n}`]).flat());
}

async function start(name: SubjectName): Promise<ChildProcess> {
  const child = fork(new URL('./one.js', import.meta.url), [name, redis.url]);
  await once(child, 'message');
  return child;
}

/** @returns milliseconds */
async function round(children: readonly ChildProcess[]): Promise<number> {
  await side.copy(MASTER, DUE, 'REPLACE');
  const began = performance.now();
  const taken = children.map(async (child) => {
    child.send('go');
    const [ids] = (await once(child, 'message')) as [string[]];
    return ids;
  });
  const ids = (await Promise.all(taken)).flat();
  const took = performance.now() - began;
  if (ids.length !== DUE_NOW || new Set(ids).size !== DUE_NOW) throw new Error(`${ids.length} were expired`);
  return took;
}

const names = Object.keys(SUBJECTS) as SubjectName[];
const fleets = new Map<SubjectName, ChildProcess[]>();
for (const name of names) fleets.set(name, await Promise.all([start(name), start(name)]));
const times = new Map(names.map((name) => [name, [] as number[]]));
for (let count = -1; count < ROUNDS; count++) {
  for (const [name, children] of fleets) {
    const took = await round(children);
    if (count >= 0) times.get(name)?.push(took);
  }
}
for (const children of fleets.values()) for (const child of children) child.kill();
const of = (name: SubjectName) => times.get(name) ?? [];
printTable(
  ['expiring', 'ms', 'least–most'],
  names.map((name) => [name, median(of(name)).toFixed(0), range(of(name), 0)]),
);
const ratios = of('larder').map((time, index) => time / (of('bare')[index] as number));
judge([{ what: 'time of larder, to bare Lua batches of 1,000', figure: median(ratios), atMost: 2 }]);
await redis.stop();
process.exit();
