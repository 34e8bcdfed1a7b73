import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Goal, judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { printTable } from '../measure/table.js';

const HERE = fileURLToPath(new URL('../../..', import.meta.url));
const before = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
if (before === undefined) {
  console.error('Name the folder of another checkout whose library is built: npm run bench -- compare ../before');
  process.exit(1);
}

console.log(describeRun(`This build beside that of ${before}, in one process`));
// What is loaded second is optimised less well, so each build is second once.
const after = await speedsOf(resolve(before), HERE);
const swapped = await speedsOf(HERE, resolve(before));
const speeds = Object.entries(after).map(([path, speed]) => ({ path, speed: Math.sqrt(speed / (swapped[path] ?? 1)) }));
printTable(
  ['path in memory', 'speed to before'],
  speeds.map(({ path, speed }) => [path, speed.toFixed(3)]),
);
judge(speeds.map(({ path, speed }): Goal => ({ what: `${path}, to before`, figure: speed, atLeast: 0.97 })));

async function speedsOf(first: string, second: string): Promise<Record<string, number>> {
  const child = fork(fileURLToPath(new URL('child.js', import.meta.url)), [first, second], {
    execArgv: ['--no-warnings'],
  });
  const [speeds] = (await once(child, 'message')) as [Record<string, number>];
  return speeds;
}
