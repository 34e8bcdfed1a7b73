import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { timeInRounds } from '../measure/rounds.js';
import { printTable } from '../measure/table.js';
import { speedOf } from '../measure/timings.js';
import { decodings, encodings, ways } from './candidates.js';
import { compressionSpeeds } from './compression.js';
import { fidelity } from './fidelity.js';
import { VALUES } from './values.js';

// Encoding and decoding, compared with what people would use instead. Only Larder's values come back frozen.

const ROUNDS = 40;
/** Maximum bytes compressed on the main thread. */
const AT_ONCE = 16 * 1024;
const options = { rounds: ROUNDS, steps: Array.from({ length: 200 }, (_, index) => index), slice: 10 };

console.log(describeRun(`Values as bytes, ${ROUNDS} rounds`));
const rows: string[][] = [];
const speeds = new Map<string, number>();
for (const [size, value] of Object.entries(VALUES)) {
  for (const [what, candidates] of [
    ['encode', encodings(value)],
    ['decode', decodings(value)],
  ] as const) {
    const timings = await timeInRounds(candidates, options);
    const figures = candidates.map(({ name }) => speedOf(name, 'JSON', timings));
    rows.push([`${what} ${size}`, ...figures.map((figure) => figure.toFixed(2))]);
    speeds.set(`${what} ${size}`, figures.at(-1) ?? 0);
  }
}
const names = ways().map(({ name }) => (name === 'larder' ? 'larder, frozen' : name));
printTable(['speed to JSON', ...names], rows);
console.log('');
printTable(['comes back as it was', ...names], fidelity(ways()));
const { there, back } = await compressionSpeeds(Buffer.from(JSON.stringify(VALUES['50 KB'])).subarray(0, AT_ONCE));
judge([
  { what: 'decoding 50 KB to JSON.parse', figure: speeds.get('decode 50 KB') ?? 0, atLeast: 1 },
  { what: 'compressing 16 KB to bare deflate', figure: there, atLeast: 0.8 },
  { what: 'expanding 16 KB to bare inflate', figure: back, atLeast: 0.8 },
]);
