import { parseArgs } from 'node:util';
import { specsOfArena } from '../support/arena/specs-of-arena.js';
import { Baseline } from '../support/forgotten-targets/baseline.js';
import { findTargets } from '../support/forgotten-targets/find-targets.js';
import { reasonFor } from '../support/forgotten-targets/reasons.js';
import { Results } from '../support/forgotten-targets/results.js';
import { type Searched, search } from '../support/forgotten-targets/search.js';
import type { DeclaredTarget } from '../support/forgotten-targets/target.js';
import { Trials } from '../support/forgotten-targets/trial.js';

/**
 * `npm run forgotten-targets`: makes arena forget each of its declared targets, one after the other, and runs the specs that
 * reach it under the audit. Optional arguments: `--only 12` (an id; several are allowed), `--specs marketplace` (a part of the
 * path; several are allowed), `--batch 8` (trials of one run of Jest), `--workers 2` (processes of Jest), `--results FILE` (keeps
 * each result, and goes on where an interrupted search ended). `--list` prints the targets with their ids. Fails if the audit
 * misses a target without a reason in `support/forgotten-targets/reasons.ts`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      specs: { type: 'string', multiple: true, default: [] },
      batch: { type: 'string', default: '8' },
      workers: { type: 'string', default: '2' },
      results: { type: 'string' },
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
  const specs = specsOfArena(root).inProcess.filter(
    (spec) => values.specs.length === 0 || values.specs.some((part) => spec.includes(part)),
  );
  const results = new Results(values.results, declared);
  const trials = new Trials(root, declared, Number(values.workers));
  try {
    const batch = Number(values.batch);
    const baseline = await baselineOf(specs, trials, batch, results);
    const suspects = chosen
      .flatMap((target) => target.invalidators.map((invalidator) => ({ target, invalidator })))
      .filter((suspect) => !results.isDecided(suspect));
    await search(suspects, baseline, trials, batch, (result) => {
      results.addSearched(result);
      console.log(rowOf(result));
    });
    report(results.searched);
  } finally {
    trials.end();
  }
}

function report(all: readonly Searched[]): void {
  const count = (verdict: Searched['verdict']) => all.filter((result) => result.verdict === verdict).length;
  console.log(
    `${all.length} targets: ${count('found')} found by the audit, ${count('failed')} only by an assertion, ` +
      `${count('missed')} missed, ${count('unreached')} reached by no test, ${count('lost')} without a result of Jest.`,
  );
  const unexplained = all.filter(({ verdict, target }) => verdict !== 'found' && reasonFor(target) === undefined);
  if (unexplained.length > 0) process.exitCode = 1;
}

async function baselineOf(
  specs: readonly string[],
  trials: Trials,
  batch: number,
  results: Results,
): Promise<Baseline> {
  const baseline = new Baseline();
  const run = async (changeFeed: boolean, all: readonly string[]) => {
    const open = all.filter((spec) => {
      const known = results.specAsItIs(spec, changeFeed);
      if (known !== undefined) baseline.add(changeFeed, known.tests);
      return known === undefined;
    });
    for (let at = 0; at < open.length; at += batch) {
      const some = open.slice(at, at + batch);
      await trials.run(
        some.map((spec) => ({ spec, changeFeed })),
        (index, tests) => {
          const spec = some[index] as string;
          if (tests.length === 0) return console.log(`left out, Jest gave no result: ${spec}`);
          baseline.add(changeFeed, tests);
          results.addSpec({ spec, changeFeed, tests });
        },
      );
    }
  };
  await run(false, specs);
  // With the change feed only tests that need it count: it repeats the invalidations of arena's own writes.
  await run(true, baseline.specsWithFailures);
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

await main();
