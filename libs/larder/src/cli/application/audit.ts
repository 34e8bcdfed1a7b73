import { type AuditCounts, type Consistency, consistencyOf } from '../../cache/stats/audit-stats.js';
import type { Environment } from '../../options/option.js';
import { demandAtMost, duration, parseArguments } from '../arguments.js';
import { LarderCommandError } from '../command-error.js';
import type { Terminal } from '../terminal.js';
import { columns, count, figure, plural, printable, time } from '../text.js';
import { type ProcessStatistics, statisticsOf } from './process-statistics.js';

const DEFAULT_TIMEOUT = 10_000;
const MAX_ROWS = 20;

const USAGE = `npx nest-larder audit --url <url> [options]

  Prints what the audit of running processes found since each started: how many hits equal a fresh load, and which writes forgot an
  invalidation. The processes need LARDER_AUDIT.

  --url <url>      the admin routes of a process, such as http://localhost:3000/admin/cache; repeat it for several processes, whose
                   counts are added. LARDER_ADMIN_TOKEN is sent as a bearer token
  --timeout <time> how long to wait for a process; default 10s
  --json           prints the counts as JSON
  --help           prints this text

  The exit code is 0, 1 if a stale read was found, the audit is off or a process does not answer, and 2 for an invalid command line or
  environment.
`;

type Counts = Omit<AuditCounts, keyof Consistency>;

/** Runs `nest-larder audit`. */
export async function audit(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const parsed = parseArguments(argv, { url: 'texts', timeout: 'text' }, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  demandAtMost(0, others);
  const timeout = duration('--timeout', values.timeout, DEFAULT_TIMEOUT);
  const processes = await statisticsOf(values.url ?? [], env, timeout);
  const audited = processes.flatMap(({ audit: found }) => (found == null ? [] : [found]));
  if (audited.length === 0) {
    throw new LarderCommandError(
      `The audit is off in ${processes.length === 1 ? 'this process' : `all ${processes.length} processes`}`,
      'Set LARDER_AUDIT=0.001 and restart; docs/audit.md says what it costs',
    );
  }
  const all = sumOf(audited);
  const methods = methodsOf(audited);
  terminal.print(
    values.json
      ? JSON.stringify(
          {
            processes: processes.length,
            audited: audited.length,
            ...withNines(all),
            methods: Object.fromEntries(methods.map(([name, counts]) => [name, withNines(counts)])),
          },
          undefined,
          2,
        )
      : pageOf(processes.length, audited.length, all, methods),
  );
  return all.stale > 0 ? 1 : 0;
}

function sumOf(parts: readonly Counts[]): Counts {
  const sum = (name: 'reads' | 'stale' | 'concurrent' | 'undecided' | 'skipped') =>
    parts.reduce((total, part) => total + part[name], 0);
  const causes: Record<string, number> = {};
  let worstAge: number | null = null;
  for (const part of parts) {
    if (part.worstAge !== null) worstAge = Math.max(worstAge ?? 0, part.worstAge);
    for (const [cause, reads] of Object.entries(part.causes)) causes[cause] = (causes[cause] ?? 0) + reads;
  }
  return {
    reads: sum('reads'),
    stale: sum('stale'),
    concurrent: sum('concurrent'),
    undecided: sum('undecided'),
    skipped: sum('skipped'),
    worstAge,
    causes,
  };
}

/** The counts of each method over all processes, most stale reads first. */
function methodsOf(audited: readonly NonNullable<ProcessStatistics['audit']>[]): [name: string, counts: Counts][] {
  const names = new Set(audited.flatMap(({ methods }) => Object.keys(methods)));
  return [...names]
    .map((name): [string, Counts] => [
      name,
      sumOf(audited.flatMap(({ methods }) => (methods[name] === undefined ? [] : [methods[name]]))),
    ])
    .sort(([, one], [, other]) => other.stale - one.stale || other.reads - one.reads);
}

function withNines(counts: Counts) {
  return { ...counts, ...consistencyOf(counts.reads, counts.stale) };
}

function pageOf(processes: number, audited: number, all: Counts, methods: readonly [string, Counts][]): string {
  const rows = methods
    .slice(0, MAX_ROWS)
    .map(([name, { reads, stale, undecided, worstAge }]) => [
      printable(name),
      figure(reads),
      figure(stale),
      figure(ninesOf(reads, stale)),
      figure(undecided),
      figure(time(worstAge)),
    ]);
  const causes = Object.entries(all.causes).sort(([, one], [, other]) => other - one);
  return [
    `${plural(audited, 'audited process', 'audited processes')}${audited < processes ? ` of ${processes}` : ''}, since each started`,
    `  compared   ${plural(all.reads, 'hit', 'hits')}; ${count(all.skipped)} skipped for the budget, ${count(all.undecided)} without a verdict`,
    `  stale      ${count(all.stale)}${all.worstAge === null ? '' : `, at most ${time(all.worstAge)} old`}`,
    `  nines      ${ninesOf(all.reads, all.stale)}`,
    ...(rows.length === 0
      ? []
      : ['', columns(['method', 'compared', 'stale', 'nines', 'undecided', 'worst age'], rows)]),
    ...(causes.length === 0
      ? []
      : [
          '',
          'Stale reads by what probably changed the value:',
          ...causes.slice(0, MAX_ROWS).map(([cause, reads]) => `  ${printable(cause)}: ${count(reads)}`),
        ]),
    '',
    all.stale === 0
      ? 'No stale read was found.'
      : 'The log of the processes names each finding, and the target that was left out (docs/audit.md).',
  ].join('\n');
}

/** The bounds that contain the truth with 95 % confidence. */
function ninesOf(reads: number, stale: number): string {
  if (reads === 0) return 'nothing was compared';
  const { from, to } = consistencyOf(reads, stale).nines;
  return to === Number.POSITIVE_INFINITY ? `more than ${from.toFixed(1)}` : `${from.toFixed(1)} to ${to.toFixed(1)}`;
}
