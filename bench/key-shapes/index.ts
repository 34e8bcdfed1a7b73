import { median } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf, shuffled } from '../measure/random.js';
import { type Timings, timeInRounds } from '../measure/rounds.js';
import { printTable } from '../measure/table.js';
import { speedOf } from '../measure/timings.js';
import { candidatesFor, inMap } from './candidates.js';
import { SHAPES, TEXTS } from './shapes.js';

// Whether hits stay fast when one process uses keys of all shapes: first strings alone, then all shapes.

const COUNT = 10_000;
const ROUNDS = 60;

console.log(describeRun(`Keys of several shapes, ${COUNT} of each, ${ROUNDS} rounds`));
const steps = shuffled(
  Array.from({ length: COUNT }, (_, index) => index),
  randomOf(9),
);
const options = { rounds: ROUNDS, steps, slice: 15 };
const alone = await timeInRounds(await candidatesFor([TEXTS], steps), options);
const mixed = await timeInRounds(await candidatesFor(SHAPES, steps), options);

const toMap = (name: string, timings: Timings) => speedOf(name, inMap(name), timings);
const rowOf = (title: string, name: string, timings: Timings) => {
  const [inLarder, inAMap] = [name, inMap(name)].map((one) => median(timings.get(one) ?? []).toFixed(0));
  return [title, inLarder ?? '', inAMap ?? '', toMap(name, timings).toFixed(3)];
};
const rows = SHAPES.map(({ name }) => rowOf(`then ${name}`, name, mixed));
printTable(
  ['a family, then …', 'ns', 'ns of a Map', 'to Map'],
  [rowOf('then a text, before any other shape', TEXTS.name, alone), ...rows],
);

const change = toMap(TEXTS.name, mixed) / toMap(TEXTS.name, alone);
judge([{ what: 'texts among keys of all shapes to texts alone', figure: change, atLeast: 0.85 }]);
process.exit();
