// Runs arena's specs with every hit compared with a fresh load: `node .ci/audit-e2e.js [specs]`. Fails for each finding. Specs that count
// statements or loads fail under it for that reason: they are listed, and do not count.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const named = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'audit-'));
const results = join(folder, 'results.json');
const jest = ['--silent', 'jest', '--', '--selectProjects', 'arena', '-w', '1', '--json', '--outputFile', results];
spawnSync('npm', ['run', ...jest, ...(named.length > 0 ? named : ['test/e2e'])], {
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
for (const { test, message } of findings) console.log(`STALE ${test}\n${message}\n`);
for (const failure of failures) if (!findings.includes(failure)) console.log(`not audited to its end: ${failure.test}`);
console.log(
  `${numTotalTests} tests, ${findings.length} with stale hits, ${failures.length - findings.length} failed for other reasons`,
);
process.exitCode = findings.length > 0 ? 1 : 0;
