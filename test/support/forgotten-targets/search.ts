import type { Baseline } from './baseline.js';
import type { DeclaredTarget, Invalidator } from './target.js';
import type { Trial, Trials, TriedTest } from './trial.js';

/** A target, and whether the audit finds that it is missing. */
export interface Searched {
  readonly target: DeclaredTarget;
  readonly invalidator: Invalidator;
  readonly verdict: 'found' | 'failed' | 'missed' | 'unreached';
  /** The test that found it or failed. */
  readonly by?: TriedTest;
  /** How many tests asked for the target. */
  readonly reachedBy: number;
}

interface Suspect {
  readonly target: DeclaredTarget;
  readonly invalidator: Invalidator;
  readonly reachedBy: number;
  readonly queue: Trial[];
  failed?: TriedTest;
}

/**
 * Tries each target: first the tests that ask for it, spec by spec, then the whole specs, because a later test may read what an
 * earlier one has written.
 *
 * @param batch how many trials one run of Jest gets
 */
export function search(
  suspects: readonly { target: DeclaredTarget; invalidator: Invalidator }[],
  baseline: Baseline,
  trials: Trials,
  batch: number,
  searched: (one: Searched) => void,
): void {
  let open = suspects.map(({ target, invalidator }): Suspect => {
    const reaching = baseline.reaching(target, invalidator);
    return { target, invalidator, reachedBy: reaching.length, queue: trialsOf(target, invalidator, reaching) };
  });
  while (open.length > 0) {
    const ended = open.filter(({ queue }) => queue.length === 0);
    for (const suspect of ended) searched(conclusion(suspect));
    const running = open.filter(({ queue }) => queue.length > 0).slice(0, batch);
    const tried = running.length === 0 ? [] : trials.run(running.map(({ queue }) => queue[0] as Trial));
    const found = new Set<Suspect>();
    for (const [index, suspect] of running.entries()) {
      const trial = suspect.queue.shift() as Trial;
      const tests = tried[index] ?? [];
      const by = tests.find((test) => test.findings.length > 0 && !baseline.hasFinding(trial.changeFeed, test));
      if (by !== undefined) {
        found.add(suspect);
        searched({ ...suspect, verdict: 'found', by });
      } else if (trial.only === undefined) {
        suspect.failed ??= tests.find((test) => test.failure !== undefined && baseline.passes(trial.changeFeed, test));
      }
    }
    open = open.filter((suspect) => !ended.includes(suspect) && !found.has(suspect));
  }
}

function trialsOf({ id }: DeclaredTarget, invalidator: Invalidator, reaching: readonly TriedTest[]): Trial[] {
  const bySpec = new Map<string, TriedTest[]>();
  for (const test of reaching) bySpec.set(test.spec, [...(bySpec.get(test.spec) ?? []), test]);
  const cost = (tests: readonly TriedTest[]) => tests.reduce((sum, { duration }) => sum + duration, 0);
  const specs = [...bySpec].sort(([, one], [, other]) => cost(one) - cost(other));
  const about = { forgotten: id, changeFeed: invalidator === 'row' };
  return [
    ...specs.map(([spec, tests]): Trial => ({ ...about, spec, only: tests.map(({ test }) => test) })),
    ...specs.map(([spec]): Trial => ({ ...about, spec })),
  ];
}

function conclusion({ target, invalidator, reachedBy, failed }: Suspect): Searched {
  if (failed !== undefined) return { target, invalidator, reachedBy, verdict: 'failed', by: failed };
  return { target, invalidator, reachedBy, verdict: reachedBy === 0 ? 'unreached' : 'missed' };
}
