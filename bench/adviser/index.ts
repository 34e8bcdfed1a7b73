import { basename } from 'node:path';
import { median } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf, shuffled } from '../measure/random.js';
import { printTable } from '../measure/table.js';
import { HITS, heapOf, hitsOf, replay, traceIn } from './subjects.js';

// The adviser: what it costs hits and memory, and how well it predicts the hit rates of other sizes. Arguments are paths of traces.

const ROUNDS = 80;
const WARM_UPS = 40;
const KEYS = 2000;
const NAMES = ['off', 'off again', 'on'];

console.log(describeRun(`Adviser, ${KEYS} keys, ${ROUNDS} rounds of ${HITS} hits, processor time`));
const runs = new Map<string, () => Promise<void>>();
for (const name of NAMES) runs.set(name, await hitsOf(name === 'on', KEYS));
for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) for (const run of runs.values()) await run();
const random = randomOf(3);
const ratios = new Map(NAMES.map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  const times = new Map<string, number>();
  for (const name of shuffled(NAMES, random)) {
    const began = process.cpuUsage();
    await runs.get(name)?.();
    const { user, system } = process.cpuUsage(began);
    times.set(name, user + system);
  }
  const off = ((times.get('off') as number) + (times.get('off again') as number)) / 2;
  for (const [name, time] of times) ratios.get(name)?.push(off / time);
}
const speeds = NAMES.map((name) => [name, median(ratios.get(name) ?? [])] as const);
printTable(
  ['hits', 'speed to off'],
  speeds.map(([name, speed]) => [name, speed.toFixed(3)]),
);

console.log('');
await heapOf(true, 1000);
const sizes: number[] = [];
for (const families of [1, 100]) {
  const heaps: number[] = [];
  for (let run = 0; run < 3; run++) {
    heaps.push((await heapOf(true, 60_000, families)) - (await heapOf(false, 60_000, families)));
  }
  sizes.push(median(heaps));
  console.log(`heap with the adviser, more than without, ${families} families of keys: ${kilobytes(median(heaps))} KB`);
}

const errors: number[] = [];
for (const path of process.argv.slice(2).filter((argument) => !argument.startsWith('--'))) {
  const keys = traceIn(path);
  const maxEntries = Math.round(new Set(keys).size / 20);
  const { sizes } = await replay(keys, maxEntries, true);
  const rows = [];
  for (const { factor, hitRate: predicted } of sizes) {
    const { hitRate } = await replay(keys, Math.round(maxEntries * factor), false);
    errors.push(Math.abs((predicted.value as number) - hitRate));
    rows.push([`${Math.round(maxEntries * factor)}`, hitRate.toFixed(4), (predicted.value as number).toFixed(4)]);
  }
  console.log('');
  printTable([`entries, ${basename(path)}`, 'hit rate', 'predicted'], rows);
}
judge([
  { what: 'hits with the adviser', figure: speeds[2]?.[1] as number, atLeast: 0.99 },
  { what: 'heap in KB', figure: Math.max(...sizes) / 1024, atMost: 1024 },
  ...(errors.length > 0 ? [{ what: 'greatest error of a prediction', figure: Math.max(...errors), atMost: 0.02 }] : []),
]);
process.exit();

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(0);
}
