import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, range } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { printTable } from '../measure/table.js';
import type { Speeds } from './child.js';

// Hits in memory with the audit off, of a thousandth and of a tenth of the hits, with its usual budget of ten loads a second. By
// processor time: other load on the machine affects it little. A process places its caches in memory by chance, which makes
// equal candidates differ by several percent, so each figure is the median of several processes.

const PROCESSES = 9;

async function speedsIn(path: string, seed: number): Promise<Speeds> {
  const child = fork(fileURLToPath(new URL('child.js', import.meta.url)), [path, String(seed)], {
    execArgv: ['--no-warnings'],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('A process ended without an answer')));
  const [speeds] = (await Promise.race([once(child, 'message'), ended])) as [Speeds];
  await ended.catch(() => {});
  return speeds;
}

console.log(describeRun(`2000 keys, all in memory, ${PROCESSES} processes one after the other, processor time`));
const results = new Map<string, Speeds[]>([
  ['getOrLoad', []],
  ['getOrLoad in one turn', []],
  ['decorated method', []],
]);
for (let seed = 1; seed <= PROCESSES; seed++) {
  for (const [path, all] of results) all.push(await speedsIn(path, seed));
}
for (const [path, all] of results) {
  const speedsAt = (sample: string) => all.map(({ speeds }) => speeds[sample] as number);
  printTable(
    [`audited hits, ${path}`, 'speed to none', 'of one process'],
    Object.keys(all[0]?.speeds ?? {}).map((sample) => [
      sample,
      median(speedsAt(sample)).toFixed(3),
      range(speedsAt(sample), 3),
    ]),
  );
  console.log(`A hit without audit takes ${median(all.map(({ none }) => none)).toFixed(0)} ns.`);
  judge([{ what: `${path} with audit 0.001 to none`, figure: median(speedsAt('0.001')), atLeast: 0.99 }]);
}
