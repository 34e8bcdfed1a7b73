import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** Gets the tests of a trial as soon as it has ended; none if Jest gave no result. */
type Ended = (index: number, tests: readonly TriedTest[]) => void;

/** A line of the log: a test, or the end of a trial. */
type Line = { readonly trial: number } & (TriedTest | { readonly hasEnded: true });

const CONFIG = 'test/support/setup/forgotten-targets.config.js';
/** Milliseconds between looks at the log. */
const LOOK_INTERVAL = 500;

/** Runs trials with Jest: several in one run, because the start of a run takes longer than most trials. */
export class Trials {
  readonly #root: string;
  readonly #workers: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'forgotten-targets-'));

  /** @param workers processes of Jest */
  constructor(root: string, declared: DeclaredTargets, workers: number) {
    this.#root = root;
    this.#workers = workers;
    writeFileSync(this.#pathOf('targets'), JSON.stringify(declared));
  }

  /** Resolves when all have ended. A trial without a result gets a second run, alone: another one may have ended the process. */
  async run(trials: readonly Trial[], ended: Ended): Promise<void> {
    const lost = new Set(trials.keys());
    await this.#runOnce(trials, (index, tests) => {
      if (tests.length === 0) return;
      lost.delete(index);
      ended(index, tests);
    });
    for (const index of lost) {
      const again: (readonly TriedTest[])[] = [];
      await this.#runOnce([trials[index] as Trial], (_, tests) => void again.push(tests));
      ended(index, again[0] ?? []);
    }
  }

  end(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** Calls `ended` for the trials that came to their end, and no others. */
  async #runOnce(trials: readonly Trial[], ended: Ended): Promise<void> {
    const log = this.#pathOf('log');
    writeFileSync(log, '');
    writeFileSync(this.#pathOf('trials'), JSON.stringify(trials.map((trial, index) => ({ ...trial, index }))));
    const told = new Set<number>();
    const look = () => {
      const tests: TriedTest[][] = trials.map(() => []);
      for (const line of linesOf(readFileSync(log, 'utf8'))) {
        const { trial, ...about } = line;
        if (!('hasEnded' in about)) tests[trial]?.push({ ...about, spec: relative(this.#root, about.spec) });
        else if (!told.has(trial)) {
          told.add(trial);
          ended(trial, tests[trial] ?? []);
        }
      }
    };
    const jest = spawn('npm', ['run', '--silent', 'jest', '--', '--config', CONFIG, '-w', `${this.#workers}`], {
      cwd: this.#root,
      stdio: 'ignore',
      env: {
        ...process.env,
        LARDER_TEST_TARGETS: this.#pathOf('targets'),
        LARDER_TEST_TRIALS: this.#pathOf('trials'),
        LARDER_TEST_TRIALS_LOG: log,
      },
    });
    const timer = setInterval(look, LOOK_INTERVAL);
    try {
      await once(jest, 'exit');
    } finally {
      clearInterval(timer);
    }
    look();
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

/** The complete lines of a log that is being written. */
function linesOf(log: string): Line[] {
  return log
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}
