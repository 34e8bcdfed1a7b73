import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Baseline } from '../support/forgotten-targets/baseline.js';
import { findTargets } from '../support/forgotten-targets/find-targets.js';
import { reasonFor } from '../support/forgotten-targets/reasons.js';
import { type Searched, search } from '../support/forgotten-targets/search.js';
import type { DeclaredTarget } from '../support/forgotten-targets/target.js';
import { Trials } from '../support/forgotten-targets/trial.js';

/**
 * `npm run forgotten-targets`: makes arena forget each of its declared targets, one after the other, and runs the specs that
 * reach it under the audit. Optional arguments: `--only 12` (an id; several are allowed), `--specs marketplace` (a part of the
 * path; several are allowed), `--batch 8` (trials of one run of Jest). `--list` prints the targets with their ids. Fails if the
 * audit misses a target without a reason in `support/forgotten-targets/reasons.ts`.
 */
function main(): void {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      specs: { type: 'string', multiple: true, default: [] },
      batch: { type: 'string', default: '8' },
      list: { type: 'boolean', default: false },
    },
  });
  const root = process.cwd();
  const declared = findTargets(root);
  if (values.list) {
    for (const target of declared.targets) console.log(`${target.id} ${nameOf(target)} (${target.invalidators})`);
    return;
  }
  if (declared.targets.length === 0) throw new Error('arena declares no targets: the search for them is wrong.');
  const chosen = declared.targets.filter(({ id }) => values.only.length === 0 || values.only.includes(String(id)));
  const specs = specsOfArena(root).filter(
    (spec) => values.specs.length === 0 || values.specs.some((part) => spec.includes(part)),
  );
  const trials = new Trials(root, declared);
  try {
    const batch = Number(values.batch);
    const baseline = baselineOf(specs, trials, batch);
    const suspects = chosen.flatMap((target) => target.invalidators.map((invalidator) => ({ target, invalidator })));
    const results: Searched[] = [];
    search(suspects, baseline, trials, batch, (result) => {
      results.push(result);
      console.log(rowOf(result));
    });
    const count = (verdict: Searched['verdict']) => results.filter((result) => result.verdict === verdict).length;
    console.log(
      `${results.length} targets: ${count('found')} found by the audit, ${count('failed')} only by an assertion, ` +
        `${count('missed')} missed, ${count('unreached')} reached by no test.`,
    );
    const unexplained = results.filter(({ verdict, target }) => verdict !== 'found' && reasonFor(target) === undefined);
    if (unexplained.length > 0) process.exitCode = 1;
  } finally {
    trials.end();
  }
}

/** The specs with an arena in their own process: only there a target can be taken out. */
function specsOfArena(root: string): string[] {
  const specs = readdirSync(join(root, 'test/e2e'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => `test/e2e/${name}`);
  return specs.filter((spec) => readFileSync(join(root, spec), 'utf8').includes('runArena(')).sort();
}

function baselineOf(specs: readonly string[], trials: Trials, batch: number): Baseline {
  const baseline = new Baseline();
  const run = (changeFeed: boolean, all: readonly string[]) => {
    for (let at = 0; at < all.length; at += batch) {
      const some = all.slice(at, at + batch).map((spec) => ({ spec, changeFeed }));
      for (const tests of trials.run(some)) baseline.add(changeFeed, tests);
    }
  };
  run(false, specs);
  // With the change feed only tests that need it count: it repeats the invalidations of arena's own writes.
  run(true, baseline.specsWithFailures);
  for (const { spec, test, findings } of baseline.findingsWithFeed) {
    console.log(`stale with every target: ${spec}: ${test}\n${findings.join('\n')}`);
  }
  return baseline;
}

function rowOf({ target, invalidator, verdict, by, reachedBy }: Searched): string {
  const evidence = by === undefined ? `${reachedBy} tests reach it` : `${by.spec}: ${by.test}`;
  const reason = verdict === 'found' ? undefined : reasonFor(target);
  const cells = [
    verdict,
    `${target.id} ${nameOf(target)} (${invalidator})`,
    evidence,
    ...(reason === undefined ? [] : [reason]),
  ];
  return cells.join(' | ');
}

function nameOf({ file, line, owner, text }: DeclaredTarget): string {
  return `${owner}: ${text} (${file}:${line})`;
}

main();
