import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf, shuffled } from '../measure/random.js';
import { type Candidate, timeInRounds } from '../measure/rounds.js';
import { printTimings, speedOf } from '../measure/timings.js';
import { hitsAfterInvalidation, invalidations, plainHits, TARGETS } from './candidates.js';
import { filledCache } from './filled.js';

// The cost of an invalidation by number of entries, and of the hits after it.

const ROUNDS = 60;
const SIZES = { '10 thousand': 10_000, '200 thousand': 200_000, 'a million': 1_000_000 };
const FEW = '10 thousand';
const MANY = 'a million';
const READ = 40_000;

console.log(describeRun(`Invalidation, ${ROUNDS} rounds`));
const candidates: Candidate<number>[] = [];
for (const [size, count] of Object.entries(SIZES)) {
  const cache = await filledCache(count);
  for (const [what, target] of Object.entries(TARGETS)) {
    candidates.push(invalidations(`${what}, ${size} stored`, cache, target));
  }
}
const steps = Array.from({ length: 2_000 }, (_, index) => index);
const costs = await timeInRounds(candidates, { rounds: ROUNDS, steps, slice: 10 });
for (const what of Object.keys(TARGETS)) {
  const ofTarget = new Map([...costs].filter(([name]) => name.startsWith(what)));
  printTimings('invalidate', `${what}, ${FEW} stored`, ofTarget);
  console.log('');
}

const readers = [
  plainHits('a plain hit', await filledCache(READ)),
  hitsAfterInvalidation('the first hit after an invalidation', await filledCache(READ)),
];
const keys = shuffled(
  Array.from({ length: READ }, (_, index) => index),
  randomOf(8),
);
const hits = await timeInRounds(readers, { rounds: ROUNDS, steps: keys, slice: 15 });
printTimings('hit', 'a plain hit', hits);

judge(
  Object.keys(TARGETS).map((what) => ({
    what: `invalidating ${what} with ${MANY} entries stored, to ${FEW}`,
    figure: speedOf(`${what}, ${MANY} stored`, `${what}, ${FEW} stored`, costs),
    atLeast: 0.8,
  })),
);
process.exit();
