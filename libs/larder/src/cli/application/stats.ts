import type { Environment } from '../../options/option.js';
import { demandAtMost, duration, parseArguments, wholeNumber } from '../arguments.js';
import type { RedisStatistics } from '../shared-cache/statistics.js';
import type { Terminal } from '../terminal.js';
import { columns, count, figure, percent, plural, printable, size, time } from '../text.js';
import { methodTotals, type ProcessStatistics, statisticsOf, type Totals, totalOf } from './process-statistics.js';

const DEFAULT_TIMEOUT = 10_000;
const DEFAULT_TOP = 20;
const MAX_TOP = 10_000;

const USAGE = `npx nest-larder stats [options]

  With --url: the statistics of running processes, by method, since each started. Without: what Redis knows, which is its memory, its
  keys, and the last invalidations.

  --url <url>      the admin routes of a process, such as http://localhost:3000/admin/cache; repeat it for several processes, whose
                   figures are added. LARDER_ADMIN_TOKEN is sent as a bearer token
  --top <n>        the most methods; default ${DEFAULT_TOP}
  --timeout <time> how long to wait for a process; default 10s
  --json           prints the figures as JSON
  --help           prints this text

  The exit code is 0, 1 if Redis or a process does not answer, and 2 for an invalid command line or environment.
`;

/** Runs `nest-larder stats`. */
export async function stats(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const parsed = parseArguments(argv, { url: 'texts', top: 'text', timeout: 'text' }, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  demandAtMost(0, others);
  const top = wholeNumber('--top', values.top, DEFAULT_TOP, MAX_TOP);
  const timeout = duration('--timeout', values.timeout, DEFAULT_TIMEOUT);
  if (values.url === undefined) {
    const { redisStatistics } = await import('../shared-cache/statistics.js');
    const found = await redisStatistics(env);
    terminal.print(values.json ? JSON.stringify(found, undefined, 2) : redisPage(found));
    return 0;
  }
  const processes = await statisticsOf(values.url, env, timeout);
  const methods = methodTotals(processes);
  terminal.print(values.json ? asJson(processes, methods.slice(0, top)) : processesPage(processes, methods, top));
  return 0;
}

function redisPage({ redis, slots, journal }: RedisStatistics): string {
  const { records, span, raisedPerSecond, origins } = journal;
  return [
    'Redis',
    `  version        ${redis.versions.map(printable).join(', ')}`,
    `  memory         ${size(redis.memoryUsed)}, at most ${size(redis.memoryPeak)} so far`,
    `  clients        ${count(redis.clients)}`,
    `  keys           ${count(redis.keys)}, those of other programs included`,
    `  lookups found  ${percent(redis.hitRate)} of all lookups of all clients`,
    'Invalidations',
    `  table          ${count(slots)} slots`,
    records === 0
      ? '  journal        empty'
      : `  journal        ${plural(records, 'record', 'records')} in the last ${time(span)}` +
        (raisedPerSecond === null ? '' : `, ${raisedPerSecond.toFixed(1)} versions raised per second`),
    ...Object.entries(origins)
      .sort(([, one], [, other]) => other - one)
      .slice(0, 10)
      .map(([origin, number]) => `    ${plural(number, 'record', 'records')} from ${printable(origin)}`),
    '',
    'For hits and misses, ask a process: npx nest-larder stats --url http://localhost:3000/admin/cache',
  ].join('\n');
}

function processesPage(processes: readonly ProcessStatistics[], methods: [string, Totals][], top: number): string {
  const all = totalOf(processes);
  const sum = (name: 'entries' | 'evictions' | 'invalidations') =>
    processes.reduce((total, one) => total + one[name], 0);
  const rows = methods.slice(0, top).map(([name, totals]) => [printable(name), ...cellsOf(totals)]);
  const left = methods.length - rows.length;
  return [
    `${plural(processes.length, 'process', 'processes')}, since each started`,
    `  entries in memory  ${count(sum('entries'))}, ${size(all.bytes)}`,
    `  evictions          ${count(sum('evictions'))}`,
    `  invalidations      ${count(sum('invalidations'))}`,
    '',
    columns(
      ['method', 'calls', 'hit rate', 'loads', 'errors', 'p95 load', 'memory'],
      [...rows, ['all calls', ...cellsOf(all)]],
    ),
    ...(left > 0 ? ['', `${plural(left, 'method has', 'methods have')} fewer calls; --top shows more.`] : []),
  ].join('\n');
}

function cellsOf({ calls, hitRate, loads, errors, p95, bytes }: Totals) {
  return [
    figure(calls),
    figure(percent(hitRate)),
    figure(loads),
    figure(errors),
    figure(time(p95)),
    figure(size(bytes)),
  ];
}

function asJson(processes: readonly ProcessStatistics[], methods: readonly [string, Totals][]): string {
  const sum = (name: 'entries' | 'evictions' | 'expirations' | 'invalidations' | 'uncacheable') =>
    processes.reduce((total, one) => total + Number(one[name] ?? 0), 0);
  return JSON.stringify(
    {
      processes: processes.length,
      ...totalOf(processes),
      entries: sum('entries'),
      evictions: sum('evictions'),
      expirations: sum('expirations'),
      invalidations: sum('invalidations'),
      uncacheable: sum('uncacheable'),
      methods: Object.fromEntries(methods),
    },
    undefined,
    2,
  );
}
