import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SECOND_ATTEMPT = join(process.cwd(), '.ci/second-attempt.js');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'second-attempt-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

interface Spec {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly message: string;
  readonly assertionResults: readonly { readonly status: 'passed' | 'failed' }[];
}

function spec(name: string, passed: number, failed = 0): Spec {
  const results = [...Array(passed).fill({ status: 'passed' }), ...Array(failed).fill({ status: 'failed' })];
  const status = failed === 0 ? 'passed' : 'failed';
  return { name, status, message: failed === 0 ? '' : `${name} is wrong`, assertionResults: results };
}

function resultsOf(specs: readonly Spec[]) {
  const count = (status: string) =>
    specs.flatMap(({ assertionResults }) => assertionResults).filter((one) => one.status === status).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numRuntimeErrorTestSuites: 0,
    testResults: specs,
  };
}

/** Attempts again in a project whose specs give these results then. */
function attempt(first: readonly Spec[], second: readonly Spec[]) {
  const results = resultsOf(second);
  writeFileSync(join(folder, 'first.json'), JSON.stringify(resultsOf(first)));
  writeFileSync(join(folder, 'second.json'), JSON.stringify(results));
  writeFileSync(
    join(folder, 'jest.cjs'),
    `const fs = require('node:fs');
     fs.writeFileSync('asked.json', JSON.stringify(process.argv.slice(2).filter((one) => !one.startsWith('-') && one !== '1')));
     const output = process.argv.find((one) => one.startsWith('--outputFile=')).slice(13);
     fs.copyFileSync('second.json', output);
     process.exit(${results.numFailedTests > 0 ? 1 : 0});`,
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { jest: 'node jest.cjs' } }));
  const { status, stdout } = spawnSync('node', [SECOND_ATTEMPT, 'first.json'], { cwd: folder, encoding: 'utf8' });
  return { status, stdout };
}

function read(file: string) {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

describe('the second attempt of failing specs', () => {
  it('runs the failing specs alone, names them as unreliable if they pass, and counts each test once', () => {
    const { status, stdout } = attempt([spec('a.spec', 3), spec('b.spec', 4, 1)], [spec('b.spec', 5)]);
    expect(status).toBe(0);
    expect(read('asked.json')).toEqual(['b.spec']);
    expect(stdout).toContain('b.spec is wrong');
    expect(stdout).toContain('UNRELIABLE: 1 spec passed on the second attempt only:\nb.spec');
    expect(read('first.json')).toMatchObject({ numPassedTests: 8, numFailedTests: 0 });
  });

  it('counts a spec of two projects in both, although it failed in one', () => {
    const first = [spec('a.spec', 3), spec('b.spec', 5), spec('b.spec', 4, 1)];
    expect(attempt(first, [spec('b.spec', 5), spec('b.spec', 5)]).status).toBe(0);
    const merged = read('first.json');
    expect(merged).toMatchObject({ numPassedTests: 13, numFailedTests: 0 });
    expect(merged.testResults).toEqual([spec('a.spec', 3), spec('b.spec', 5), spec('b.spec', 5)]);
  });

  it('fails, and leaves the results, if a spec fails again', () => {
    const { status, stdout } = attempt([spec('a.spec', 3, 1)], [spec('a.spec', 3, 1)]);
    expect(status).toBe(1);
    expect(stdout).not.toContain('UNRELIABLE');
    expect(read('first.json')).toMatchObject({ numPassedTests: 3, numFailedTests: 1 });
  });

  it('gives no second attempt to more than three specs', () => {
    const failing = ['a', 'b', 'c', 'd'].map((name) => spec(`${name}.spec`, 0, 1));
    expect(attempt(failing, failing).status).toBe(1);
    expect(() => read('asked.json')).toThrow('ENOENT');
  });
});
