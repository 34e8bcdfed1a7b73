import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { DeclaredTargets } from './target.js';

/** One spec, or some of its tests, under the audit. */
export interface Trial {
  readonly spec: string;
  /** The names of its tests; default: all. */
  readonly only?: readonly string[];
  /** The id of the target that arena forgets; default: none. */
  readonly forgotten?: number;
  /** Whether arena also invalidates what its change feed reports. */
  readonly changeFeed: boolean;
}

/** A test of a trial as it ended. An empty name stands for a hook of the spec. */
export interface TriedTest {
  readonly spec: string;
  readonly test: string;
  /** The findings of the audit. */
  readonly findings: readonly string[];
  /** Why it failed otherwise. */
  readonly failure?: string;
  /** In milliseconds. */
  readonly duration: number;
  /** The ids of the targets that were asked for. */
  readonly reached: readonly number[];
}

const CONFIG = 'test/support/setup/forgotten-targets.config.js';

/** Runs trials with Jest: several in one run, because the start of a run takes longer than most trials. */
export class Trials {
  readonly #root: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'forgotten-targets-'));

  constructor(root: string, declared: DeclaredTargets) {
    this.#root = root;
    writeFileSync(this.#pathOf('targets'), JSON.stringify(declared));
  }

  /** @returns the tests of each trial, in the order of the trials */
  run(trials: readonly Trial[]): TriedTest[][] {
    const log = this.#pathOf('log');
    writeFileSync(log, '');
    writeFileSync(this.#pathOf('trials'), JSON.stringify(trials.map((trial, index) => ({ ...trial, index }))));
    const { stderr, error } = spawnSync('npm', ['run', '--silent', 'jest', '--', '--config', CONFIG], {
      cwd: this.#root,
      encoding: 'utf8',
      env: {
        ...process.env,
        LARDER_TEST_TARGETS: this.#pathOf('targets'),
        LARDER_TEST_TRIALS: this.#pathOf('trials'),
        LARDER_TEST_TRIALS_LOG: log,
      },
    });
    if (error !== undefined) throw error;
    const tests: TriedTest[][] = trials.map(() => []);
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    if (lines.length === 0) throw new Error(`Jest ran no test of ${trials.map(({ spec }) => spec)}:\n${stderr}`);
    for (const line of lines) {
      const { trial, ...test } = JSON.parse(line) as TriedTest & { trial: number };
      tests[trial]?.push({ ...test, spec: relative(this.#root, test.spec) });
    }
    return tests;
  }

  end(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}
