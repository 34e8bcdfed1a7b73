import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, range } from '../measure/figures.js';
import { type Goal, judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { type StartedPostgres, startPostgres } from '../measure/postgres.js';
import { type StartedRedis, startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import type { Speed } from './costs.js';
import { importTime } from './importing.js';
import { ROWS, type Row } from './rows.js';

// Every path with a goal. By elapsed time, as an idle machine shows it; with --processor by the processor time of this process
// and Redis, which other load on the machine hardly affects.

const RUNS = Number(process.env.RUNS ?? 3);
const IMPORTS = 9;
const IMPORT_GOAL = 40;
const kind = process.argv.includes('--processor') ? 'processor' : 'elapsed';
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

console.log(describeRun(`Paths with goals, ${RUNS} runs, judged by ${kind} time`));
const rows = ROWS.filter(({ what }) => only.length === 0 || only.some((part) => what.includes(part)));
const redis: StartedRedis | undefined = rows.some(({ needs }) => needs !== undefined) ? await startRedis() : undefined;
const database: StartedPostgres | undefined = rows.some(({ needs }) => needs === 'PostgreSQL')
  ? await startPostgres()
  : undefined;

const measured = new Map<string, Speed[][]>();
const goals: Goal[] = [];
for (const row of rows) {
  const runs = await runsOf(row);
  const ratios = runs.map((speeds) => ratioOf(speeds, row));
  goals.push({ what: row.what, figure: (row.eachRun === true ? Math.min : medianOf)(...ratios), atLeast: row.atLeast });
}
if (only.length === 0 || only.includes('import')) {
  const times = Array.from({ length: IMPORTS }, () => importTime()[kind]);
  console.log(`import of nest-larder after Nest: ${range(times, 0)} ms`);
  goals.push({ what: 'import of nest-larder after Nest, ms', figure: median(times), atMost: IMPORT_GOAL });
}
await redis?.stop();
await database?.stop();
judge(goals);
process.exit();

/** Measures a path once for all its rows. */
async function runsOf({ path, detail, needs }: Row): Promise<readonly Speed[][]> {
  const name = `${path}, ${detail}`;
  const known = measured.get(name);
  if (known !== undefined) return known;
  const servers =
    needs === undefined ? [] : [redis?.url ?? '', ...(needs === 'PostgreSQL' ? [database?.url ?? ''] : [])];
  const runs: Speed[][] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await speedsIn(path, detail, ...servers));
  measured.set(name, runs);
  print(name, runs);
  return runs;
}

async function speedsIn(...args: readonly string[]): Promise<Speed[]> {
  const child = fork(fileURLToPath(new URL('one.js', import.meta.url)), args, { execArgv: ['--no-warnings'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${args.join(' ')} ended without figures`)));
  const [speeds] = (await Promise.race([once(child, 'message'), ended])) as [Speed[]];
  ended.catch(() => {});
  return speeds;
}

function print(name: string, runs: readonly Speed[][]): void {
  const subjects = (runs[0] as Speed[]).map((speed) => speed.name);
  const lines = subjects.map((subject, index) => {
    const own = runs.map((speeds) => speeds[index] as Speed);
    return [
      subject,
      median(own.map(({ nanoseconds }) => nanoseconds.elapsed)).toFixed(0),
      median(own.map(({ nanoseconds }) => nanoseconds.processor)).toFixed(0),
      ...(['elapsed', 'processor'] as const).flatMap((by) => [
        median(own.map((speed) => speed[by])).toFixed(2),
        range(
          own.map((speed) => speed[by]),
          2,
        ),
      ]),
    ];
  });
  printTable([name, 'ns', 'ns of processor', 'speed', 'of runs', 'speed by processor', 'of runs'], lines);
  console.log('');
}

function ratioOf(speeds: readonly Speed[], { subject, to }: Row): number {
  const of = (name: string) => (speeds.find((speed) => speed.name === name) as Speed)[kind];
  return of(subject) / (to === undefined ? 1 : of(to));
}

function medianOf(...figures: readonly number[]): number {
  return median(figures);
}
