import { median, range } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import { Herd, type Stampede } from './herd.js';
import { SUBJECTS, type SubjectName } from './subjects.js';
import { takeOver } from './take-over.js';

// Several processes request the same uncached value at once.

const ROUNDS = 20;
const PROCESSES = 4;
const CALLERS = 1_000;

console.log(describeRun(`Stampedes of ${PROCESSES} processes with ${CALLERS} callers each, ${ROUNDS} rounds`));
const redis = await startRedis();
const names = Object.keys(SUBJECTS) as SubjectName[];
const herds = new Map<SubjectName, Herd>();
for (const name of names) herds.set(name, await Herd.of(name, redis.url, PROCESSES, CALLERS));

const stampedes = new Map(names.map((name) => [name, [] as Stampede[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, herd] of herds) stampedes.get(name)?.push(await herd.rush(`round-${round}`));
}
for (const herd of herds.values()) herd.end();
await redis.stop();

const loadsOf = (name: SubjectName) => stampedes.get(name)?.map(({ loads }) => loads) ?? [];
const rows = names.map((name) => {
  const times = stampedes.get(name)?.map(({ milliseconds }) => milliseconds) ?? [];
  return [name, median(loadsOf(name)).toFixed(1), range(loadsOf(name), 0), median(times).toFixed(0), range(times, 0)];
});
printTable(['stampede', 'loads', 'least–most', 'ms until all have it', 'least–most'], rows);

judge([
  { what: 'the most loads of a stampede on larder', figure: Math.max(...loadsOf('larder')), atMost: 1 },
  { what: 'the wait for a killed loader, to the life of its lease', figure: await takeOver(), atMost: 1.5 },
]);
process.exit();
