// Fails when the tests exceed their time budget:
// `node .ci/budget.js <results of jest --json> <seconds of npm test> <slowness of the machine> <the same, after the tests>`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { slowest } from './slowest.js';

const [file, total, ...measured] = process.argv.slice(2);
// A slow machine may take longer, a fast one may not take less than the budget that was agreed on.
const slowness = Math.max(1, measured.map(Number).reduce((sum, each) => sum + each, 0) / measured.length);
// The goal is ten minutes. 4,890 tests took 647 s by this measure on a machine 2.9 times as slow, and 747 s on one 1.3 times as slow, which waits as
// long for servers and timers.
const TOTAL = Math.round(900 * slowness);
const SPEC = Math.round(52 * slowness);

const tooLong = tooLongIn(file);

console.log(`This machine is ${slowness.toFixed(2)} times as slow as the one of the budget (${measured.join(', ')}).`);
console.log(`npm test took ${total} s; it may take ${TOTAL} s, and a spec ${SPEC} s.`);
if (Number(total) > TOTAL) console.error(`Too long. The slowest specs:\n${slowest(specsIn(file), 20).join('\n')}`);
// Other specs or programs may have slowed a spec down: each slow one is measured again, alone.
const alone = tooLong.length > 0 ? tooLongAlone(tooLong) : [];
if (alone.length > 0) console.error(`Specs that take too long:\n${slowest(alone, alone.length).join('\n')}`);
process.exitCode = Number(total) > TOTAL || alone.length > 0 ? 1 : 0;

function tooLongIn(results) {
  return specsIn(results).filter(({ start, end }) => end - start > SPEC * 1000);
}

function specsIn(results) {
  return JSON.parse(readFileSync(results, 'utf8')).testResults.map(({ name, startTime, endTime }) => ({
    name,
    start: startTime,
    end: endTime,
  }));
}

function tooLongAlone(specs) {
  const results = `${file}.alone`;
  const names = specs.map(({ name }) => name);
  console.log(`Again, alone:\n${slowest(specs, specs.length).join('\n')}`);
  const jest = ['run', '--silent', 'jest', '--', '-w', '1', '--json', `--outputFile=${results}`, ...names];
  const { status } = spawnSync('npm', jest, { stdio: ['ignore', 'ignore', 'inherit'] });
  return status === 0 ? tooLongIn(results) : specs;
}
