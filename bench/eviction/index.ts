import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { timeInRounds } from '../measure/rounds.js';
import { printTable } from '../measure/table.js';
import { printTimings } from '../measure/timings.js';
import { compareOnTraces } from './real.js';
import { ARRIVALS, hitRatioOfLru, hitRatioOfStore, setsOfLru, setsOfStore } from './subjects.js';
import { TRACES } from './traces.js';

// The memory tier beside lru-cache: the cost of storing with eviction, and the hit ratio.

const CAPACITY = 10_000;
const ROUNDS = 60;

console.log(describeRun(`Eviction, ${ROUNDS} rounds`));
const candidates = [setsOfStore(CAPACITY), setsOfLru(CAPACITY)];
printTimings(
  'set when full',
  'lru-cache set',
  await timeInRounds(candidates, { rounds: ROUNDS, steps: ARRIVALS, slice: 20 }),
);

console.log('');
const ratios = TRACES.map((trace) => ({ name: trace.name, store: hitRatioOfStore(trace), lru: hitRatioOfLru(trace) }));
printTable(
  ['hit ratio', 'lru-cache', 'LossStore', 'difference'],
  ratios.map(({ name, store, lru }) => [name, lru.toFixed(4), store.toFixed(4), (store - lru).toFixed(4)]),
);

// The folder of real traces, which are not part of the repository.
const folder = process.env.TRACES;
const onTraces = folder === undefined ? [] : compareOnTraces(folder);

judge([
  ...ratios.map(({ name, store, lru }) => ({
    what: `hit ratio beside lru-cache, ${name}`,
    figure: store / lru,
    atLeast: 1,
  })),
  ...onTraces,
]);
process.exit();
