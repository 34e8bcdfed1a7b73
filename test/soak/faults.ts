import { parseArgs } from 'node:util';
import { ALL_KINDS } from '../support/faults/kinds/all-kinds.js';
import type { FaultKind } from '../support/faults/kinds/kind.js';
import { Site } from '../support/faults/site/site.js';
import { type Suffered, sufferKind } from '../support/faults/suffer-kind.js';
import { Random } from '../support/history/random.js';

/**
 * `npm run faults`: every kind of fault in sequence, under reads, writes and views of three arenas. Optional arguments:
 * `--seed 1 --seconds 5` (of each kind) `--only flushed --only read-only`. `--list` prints the names.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: `${Math.floor(Math.random() * 1e6)}` },
      seconds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
    },
  });
  const kinds = chosen(values.only);
  if (values.list) return print(kinds.map(({ of, name }) => `${of}: ${name}`));
  print([`--seed ${values.seed} --seconds ${values.seconds}, ${kinds.length} kinds of faults`, '', ...HEAD]);
  for (const part of new Set(kinds.map(({ of }) => of))) {
    // A failing PostgreSQL may commit a write and report a failure: then only the change feed sees it.
    const site = await Site.start(part === 'PostgreSQL');
    try {
      for (const kind of kinds.filter(({ of }) => of === part)) {
        const suffered = await sufferKind(site, kind, new Random(Number(values.seed)), Number(values.seconds));
        print([rowOf(suffered), ...suffered.problems.map((problem) => `    ${problem}`)]);
        if (suffered.problems.length > 0) process.exitCode = 1;
      }
    } finally {
      await site.stop();
    }
  }
}

function chosen(names: readonly string[]): readonly FaultKind[] {
  const unknown = names.find((name) => !ALL_KINDS.some((kind) => kind.name === name));
  if (unknown !== undefined) throw new Error(`There is no kind of fault '${unknown}'; --list prints those there are.`);
  return names.length === 0 ? ALL_KINDS : ALL_KINDS.filter(({ name }) => names.includes(name));
}

const HEAD = [
  '| kind of fault | times | reads | writes | views | refused | stale | own writes | different | ended | problems |',
  '|---|---|---|---|---|---|---|---|---|---|---|',
];

function rowOf({ problems, ...row }: Suffered): string {
  return `| ${[...Object.values(orderOf(row)), problems.length].join(' | ')} |`;
}

function orderOf({
  kind,
  times,
  reads,
  writes,
  views,
  refused,
  stale,
  own,
  different,
  ended,
}: Omit<Suffered, 'problems'>) {
  return [kind, times, reads, writes, views, refused, stale, own, different, ended];
}

function print(lines: readonly string[]): void {
  console.log(lines.join('\n'));
}

await main();
