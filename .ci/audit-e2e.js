// Runs arena's specs with every hit compared with a fresh load: `node .ci/audit-e2e.js [specs]`. Fails for each finding. Specs that count
// statements or loads fail under it for that reason: they are listed, and do not count. Specs that turn the change feed off do that to
// change the database behind arena, so they are left out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const named = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'audit-'));
const results = join(folder, 'results.json');
const staleOnPurpose = readdirSync('test/e2e', { recursive: true })
  .filter((name) => name.endsWith('.spec.ts'))
  .map((name) => `test/e2e/${name}`)
  .filter((spec) => readFileSync(spec, 'utf8').includes('changeFeed: false'));
const left = staleOnPurpose.flatMap((spec) => ['--testPathIgnorePatterns', spec]);
const jest = [
  '--silent',
  'jest',
  '--',
  '--selectProjects',
  'arena',
  '-w',
  '1',
  '--json',
  '--outputFile',
  results,
  ...left,
];
spawnSync('npm', ['run', ...jest, '--', ...(named.length > 0 ? named : ['test/e2e'])], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, LARDER_TEST_AUDIT: '1' },
});
const { numTotalTests, testResults } = JSON.parse(readFileSync(results, 'utf8'));
rmSync(folder, { recursive: true });

const failures = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ test: `${name}: ${fullName}`, message: failureMessages.join('\n') })),
);
const findings = failures.filter(({ message }) => message.includes('served a stale value'));
for (const spec of staleOnPurpose) console.log(`left out, stale on purpose: ${spec}`);
// The first finding is enough to see the cause.
for (const { test, message } of findings) console.log(`STALE ${test}\n${message.split('\n\n')[0]}\n`);
for (const failure of failures) if (!findings.includes(failure)) console.log(`not audited to its end: ${failure.test}`);
console.log(
  `${numTotalTests} tests, ${findings.length} with stale hits, ${failures.length - findings.length} failed for other reasons`,
);
process.exitCode = findings.length > 0 ? 1 : 0;
