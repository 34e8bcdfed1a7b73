import 'reflect-metadata';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf, shuffled } from '../measure/random.js';
import { timeInRounds } from '../measure/rounds.js';
import { printTimings, speedOf } from '../measure/timings.js';
import { decoratedMethod, getOrLoad } from './larder.js';
import * as peers from './peers.js';
import { lruCache, mapOfIds, plainMap } from './stores.js';
import { IDS, loads } from './tournament.js';

// One caller reads one value after another, all in memory: the `await` of a hit.

const ROUNDS = 60;

console.log(describeRun(`${IDS.length} keys, all in memory, ${ROUNDS} rounds`));
const makers = [plainMap, mapOfIds, lruCache, getOrLoad, decoratedMethod, ...Object.values(peers)];
const candidates = [];
for (const make of makers) candidates.push(await make());
const filled = loads;

const timings = await timeInRounds(candidates, { rounds: ROUNDS, steps: shuffled(IDS, randomOf(7)), slice: 15 });
if (loads !== filled) throw new Error(`${loads - filled} of the calls were no hits.`);
printTimings('memory hit', 'Map', timings);

judge([
  { what: 'getOrLoad to a Map', figure: speedOf('larder getOrLoad', 'Map', timings), atLeast: 0.75 },
  { what: 'a decorated method to a Map', figure: speedOf('larder decorated method', 'Map', timings), atLeast: 0.6 },
  {
    what: "getOrLoad to layered-loader's get",
    figure: speedOf('larder getOrLoad', 'layered-loader get', timings),
    atLeast: 1,
  },
]);
process.exit();
