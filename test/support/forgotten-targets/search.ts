import type { Baseline } from './baseline.js';
import type { DeclaredTarget, Invalidator } from './target.js';
import type { Trial, Trials, TriedTest } from './trial.js';

/** A target without which arena is tried. */
export interface Suspect {
  readonly target: DeclaredTarget;
  readonly invalidator: Invalidator;
}

/** A target, and whether the audit finds that it is missing. */
export interface Searched extends Suspect {
  /** `lost`: Jest gave no result for one of its trials. */
  readonly verdict: 'found' | 'failed' | 'missed' | 'unreached' | 'lost';
  /** The test that found it or failed. */
  readonly by?: TriedTest;
  /** How many tests asked for the target. */
  readonly reachedBy: number;
}

interface OpenSuspect extends Suspect {
  readonly reachedBy: number;
  readonly queue: Trial[];
  failed?: TriedTest;
  isLost?: boolean;
}

/**
 * Tries each target: first the tests that ask for it, spec by spec, then the whole specs, because a later test may read what an
 * earlier one has written. A target of a write is tried with the change feed last, without which values of queries are not stored.
 *
 * @param batch how many trials one run of Jest gets
 * @param searched called as soon as a target is decided
 */
export async function search(
  suspects: readonly Suspect[],
  baseline: Baseline,
  trials: Trials,
  batch: number,
  searched: (one: Searched) => void,
): Promise<void> {
  const open = new Set<OpenSuspect>();
  const decide = (suspect: OpenSuspect, found?: TriedTest) => {
    open.delete(suspect);
    searched(found === undefined ? conclusion(suspect) : { ...aboutOf(suspect), verdict: 'found', by: found });
  };
  for (const { target, invalidator } of suspects) {
    const reaching = baseline.reaching(target, invalidator);
    const queue = trialsOf(target, invalidator, reaching);
    const suspect: OpenSuspect = { target, invalidator, reachedBy: reaching.length, queue };
    open.add(suspect);
    if (queue.length === 0) decide(suspect);
  }
  while (open.size > 0) {
    const running = [...open].slice(0, batch);
    const next = running.map(({ queue }) => queue.shift() as Trial);
    await trials.run(next, (index, tests) => {
      const [suspect, trial] = [running[index] as OpenSuspect, next[index] as Trial];
      const by = tests.find((test) => test.findings.length > 0 && !baseline.hasFinding(trial.changeFeed, test));
      if (tests.length === 0) suspect.isLost = true;
      else if (by === undefined && trial.only === undefined) {
        suspect.failed ??= tests.find((test) => test.failure !== undefined && baseline.passes(trial.changeFeed, test));
      }
      if (by !== undefined || suspect.queue.length === 0) decide(suspect, by);
    });
  }
}

function trialsOf({ id }: DeclaredTarget, invalidator: Invalidator, reaching: readonly TriedTest[]): Trial[] {
  const bySpec = new Map<string, TriedTest[]>();
  for (const test of reaching) bySpec.set(test.spec, [...(bySpec.get(test.spec) ?? []), test]);
  const cost = (tests: readonly TriedTest[]) => tests.reduce((sum, { duration }) => sum + duration, 0);
  const specs = [...bySpec].sort(([, one], [, other]) => cost(one) - cost(other));
  const about = { forgotten: id, changeFeed: invalidator === 'row' };
  const whole = specs.map(([spec]): Trial => ({ ...about, spec }));
  return [
    ...specs.map(([spec, tests]): Trial => ({ ...about, spec, only: tests.map(({ test }) => test) })),
    ...whole,
    ...(about.changeFeed ? [] : whole.map((trial) => ({ ...trial, changeFeed: true }))),
  ];
}

function conclusion({ failed, isLost, ...suspect }: OpenSuspect): Searched {
  const about = aboutOf(suspect);
  if (failed !== undefined) return { ...about, verdict: 'failed', by: failed };
  if (isLost) return { ...about, verdict: 'lost' };
  return { ...about, verdict: suspect.reachedBy === 0 ? 'unreached' : 'missed' };
}

function aboutOf({ target, invalidator, reachedBy }: OpenSuspect): Omit<Searched, 'verdict'> {
  return { target, invalidator, reachedBy };
}
