import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AuditTotals } from '../support/faults/audit-totals.js';
import { ALL_KINDS } from '../support/faults/kinds/all-kinds.js';
import type { FaultKind } from '../support/faults/kinds/kind.js';
import { Site } from '../support/faults/site/site.js';
import { type Suffered, sufferKind } from '../support/faults/suffer-kind.js';
import { Random } from '../support/history/random.js';

/**
 * `npm run faults`: every kind of fault in sequence, under reads, writes and views of three arenas. Optional arguments:
 * `--seed 1 --seconds 5` (of each kind) `--audit 0.1` (of the hits) `--only flushed --only read-only`. `--list` prints the names.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: `${Math.floor(Math.random() * 1e6)}` },
      seconds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      audit: { type: 'string', default: '0' },
    },
  });
  const kinds = chosen(values.only);
  if (values.list) return print(kinds.map(({ of, name }) => `${of}: ${name}`));
  print([`--seed ${values.seed} --seconds ${values.seconds}, ${kinds.length} kinds of faults`, '', ...HEAD]);
  for (const part of new Set(kinds.map(({ of }) => of))) {
    // A failing PostgreSQL may commit a write and report a failure: then only the change feed sees it.
    const site = await Site.start(part === 'PostgreSQL', values.audit);
    const audited = new AuditTotals();
    try {
      for (const kind of kinds.filter(({ of }) => of === part)) {
        const suffered = await sufferKind(site, kind, new Random(Number(values.seed)), Number(values.seconds));
        print([rowOf(suffered), ...suffered.problems.map((problem) => `    ${problem}`)]);
        if (suffered.problems.length > 0) process.exitCode = 1;
        // Before the next kind, which may end the processes.
        if (values.audit !== '0') await audited.ask(site.arenas).catch(() => {});
      }
      if (values.audit !== '0') await reportAudit(site, audited);
    } finally {
      await site.stop();
    }
  }
}

/** Milliseconds in which the audit ends the comparisons under way. */
const AUDIT_ENDS = 15_000;

/** Every finding is a false alarm: the checker of histories finds no read that an invalidation should have prevented. */
async function reportAudit(site: Site, audited: AuditTotals): Promise<void> {
  await delay(AUDIT_ENDS);
  await audited.ask(site.arenas);
  const found = site.arenas.flatMap(({ staleReads }) => staleReads);
  print(['', `${audited}`, `${found.length} findings.`, ...found]);
  if (found.length > 0) process.exitCode = 1;
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
