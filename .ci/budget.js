// Fails when the tests take longer than they may: `node .ci/budget.js <results of jest --json> <seconds of npm test>`.
import { readFileSync } from 'node:fs';
import { slowest } from './slowest.js';

const TOTAL = 600;
const SPEC = 40;

const [file, total] = process.argv.slice(2);
const specs = JSON.parse(readFileSync(file, 'utf8')).testResults.map(({ name, startTime, endTime }) => ({
  name,
  start: startTime,
  end: endTime,
}));
const tooLong = specs.filter(({ start, end }) => end - start > SPEC * 1000);

console.log(`npm test took ${total} s; it may take ${TOTAL} s, and a spec ${SPEC} s.`);
if (Number(total) > TOTAL) console.error(`Too long. The slowest specs:\n${slowest(specs, 20).join('\n')}`);
if (tooLong.length > 0) console.error(`Specs that take too long:\n${slowest(tooLong, tooLong.length).join('\n')}`);
process.exitCode = Number(total) > TOTAL || tooLong.length > 0 ? 1 : 0;
