import { pattern, type Target, tag } from 'nest-larder';
import { invalidations } from '../invalidation/candidates.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { type Candidate, timeInRounds } from '../measure/rounds.js';
import { printTimings, speedOf } from '../measure/timings.js';
import { type Filled, filledRedis } from './filled.js';
import { visibility } from './visibility.js';

// The cost of an invalidation by number of entries in Redis, and with diagnostics.

const ROUNDS = 60;
const SIZES = { '10 thousand': 10_000, '200 thousand': 200_000, 'a million': 1_000_000 };
const FEW = '10 thousand';
const TARGETS = {
  'a key': ['venues', '7', 'tournaments', '7'],
  'a prefix': ['venues', '7'],
  'a tag': tag('season'),
  everything: pattern('*'),
} as const satisfies Record<string, Target>;

console.log(describeRun(`Invalidation in Redis, ${ROUNDS} rounds`));
const [plain, noted] = [await filledRedis(2_000), await filledRedis(2_000, true)];
const PLAIN = 'a key, without diagnostics';
const NOTED = 'a key, with diagnostics';
const filled: Filled[] = [plain, noted];
const candidates: Candidate<number>[] = [
  invalidations(PLAIN, plain.cache, TARGETS['a key']),
  invalidations(NOTED, noted.cache, TARGETS['a key']),
];
for (const [size, count] of Object.entries(SIZES)) {
  const one = await filledRedis(count);
  filled.push(one);
  for (const [what, target] of Object.entries(TARGETS)) {
    candidates.push(invalidations(`${what}, ${size} stored`, one.cache, target));
  }
}
const steps = Array.from({ length: 100 }, (_, index) => index);
const costs = await timeInRounds(candidates, { rounds: ROUNDS, steps, slice: 20 });
for (const what of Object.keys(TARGETS)) {
  const ofTarget = new Map([...costs].filter(([name]) => name.startsWith(`${what}, `) && name.endsWith('stored')));
  printTimings('invalidate', `${what}, ${FEW} stored`, ofTarget);
  console.log('');
}
printTimings('invalidate', PLAIN, new Map([...costs].filter(([name]) => name === PLAIN || name === NOTED)));
console.log('');
await Promise.all(filled.map((one) => one.stop()));

const sizes = Object.keys(SIZES).filter((size) => size !== FEW);
const seen = await visibility();
console.log(
  `Seen by another node after ${seen.larder.toFixed(2)} ms; PUBLISH to a subscriber takes ${seen.publish.toFixed(2)} ms`,
);
judge([
  { what: 'until another node sees an invalidation, to PUBLISH', figure: seen.larder / seen.publish, atMost: 10 },
  { what: 'an invalidation with diagnostics, to one without', figure: speedOf(NOTED, PLAIN, costs), atLeast: 0.95 },
  ...Object.keys(TARGETS).flatMap((what) =>
    sizes.map((size) => ({
      what: `the cost of invalidating ${what} with ${size} stored, to ${FEW}`,
      figure: 1 / speedOf(`${what}, ${size} stored`, `${what}, ${FEW} stored`, costs),
      atMost: 1.2,
    })),
  ),
]);
process.exit();
