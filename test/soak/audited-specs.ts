import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { specsOfArena } from '../support/arena/specs-of-arena.js';

interface Results {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/**
 * `npm run audited-specs`: runs arena's specs with every hit compared with a fresh load, in this process and in arenas of their own.
 * Arguments are parts of paths. Fails for each finding, and if no test ran. Specs that count statements or loads fail under the audit
 * for that reason: they are listed, and do not count.
 */
function main(): void {
  const { staleOnPurpose } = specsOfArena(process.cwd());
  const parts = process.argv.slice(2);
  const { numTotalTests, testResults } = resultsOf(parts.length > 0 ? parts : ['test/e2e'], staleOnPurpose);
  const failures = testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    // A fault of a hook, or of the spec as a whole, has a message and no failed test.
    if (failed.length === 0 && message !== '') return [{ test: name, message }];
    return failed.map((one) => ({ test: `${name}: ${one.fullName}`, message: one.failureMessages.join('\n') }));
  });
  const findings = failures.filter(({ message }) => message.includes('served a stale value'));
  for (const spec of staleOnPurpose) console.log(`left out, stale on purpose: ${spec}`);
  // The first finding is enough to see the cause.
  for (const { test, message } of findings) console.log(`STALE ${test}\n${message.split('\n\n')[0]}\n`);
  for (const { test, message } of failures.filter((failure) => !findings.includes(failure))) {
    console.log(`not audited to its end: ${test}\n  ${message.split('\n')[0]}`);
  }
  console.log(
    `${testResults.length} specs, ${numTotalTests} tests, ${findings.length} with stale hits, ` +
      `${failures.length - findings.length} failed for other reasons`,
  );
  if (findings.length > 0 || numTotalTests === 0) process.exitCode = 1;
}

function resultsOf(parts: readonly string[], leftOut: readonly string[]): Results {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const file = join(folder, 'results.json');
  const ignored = leftOut.flatMap((spec) => ['--testPathIgnorePatterns', spec]);
  const options = ['--selectProjects', 'arena', '-w', '1', '--json', '--outputFile', file, ...ignored];
  try {
    spawnSync('npm', ['run', '--silent', 'jest', '--', ...options, '--', ...parts], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, LARDER_TEST_AUDIT: '1' },
    });
    return JSON.parse(readFileSync(file, 'utf8')) as Results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main();
