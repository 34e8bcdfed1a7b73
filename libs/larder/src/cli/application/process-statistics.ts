import { LarderOptionsError } from '../../base/errors.js';
import type { CacheStats, CallStats, MethodStats } from '../../cache/stats/statistics.js';
import type { Environment } from '../../options/option.js';
import { LarderCommandError } from '../command-error.js';
import { AdminRoutes } from './admin-routes.js';

const MAX_PROCESSES = 100;

/** The statistics of one process, as far as the commands use them. */
export type ProcessStatistics = Pick<
  CacheStats,
  | keyof CallStats
  | 'entries'
  | 'bytes'
  | 'evictions'
  | 'expirations'
  | 'invalidations'
  | 'invalidatedDuringLoad'
  | 'uncacheable'
  | 'shared'
  | 'audit'
> & {
  readonly methods: Readonly<Record<string, MethodStats>>;
  /** Absent in processes of earlier releases. */
  readonly uncached?: CacheStats['uncached'];
};

const COUNTS = [
  'hits',
  'stale',
  'misses',
  'loads',
  'errors',
  'timeouts',
  'entries',
  'bytes',
  'evictions',
  'invalidations',
] as const;

/**
 * Asks each process for its statistics.
 *
 * @param urls of the admin routes, one for each process
 * @param timeout milliseconds
 * @throws LarderOptionsError without a URL; LarderCommandError if a process does not answer with statistics
 */
export async function statisticsOf(
  urls: readonly string[],
  env: Environment,
  timeout: number,
): Promise<readonly ProcessStatistics[]> {
  if (urls.length === 0) {
    throw new LarderOptionsError([
      'no --url; name the admin routes of a running process, such as http://localhost:3000/admin/cache',
    ]);
  }
  if (urls.length > MAX_PROCESSES)
    throw new LarderOptionsError([`${urls.length} × --url; expected at most ${MAX_PROCESSES}`]);
  const processes = urls.map((url) => new AdminRoutes(url, env, timeout));
  return Promise.all(processes.map(async (routes) => checked(await routes.get('stats'), routes.url)));
}

function checked(answer: unknown, url: string): ProcessStatistics {
  const stats = answer as Partial<Record<string, unknown>> | null;
  const isStats =
    typeof stats === 'object' &&
    stats !== null &&
    COUNTS.every((name) => typeof stats[name] === 'number') &&
    isRecordOf(stats.methods, (method) => COUNTS.slice(0, 6).every((name) => typeof method[name] === 'number'));
  if (isStats) return stats as unknown as ProcessStatistics;
  throw new LarderCommandError(
    `${url}/stats does not answer with the statistics of a cache`,
    'Let the route return cache.stats() unchanged; docs/command-line.md shows it',
  );
}

function isRecordOf(value: unknown, fits: (member: Record<string, unknown>) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((member) => typeof member === 'object' && member !== null && fits(member));
}

/** Figures of one method, or of a whole cache, over several processes. */
export interface Totals {
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly loads: number;
  readonly errors: number;
  readonly timeouts: number;
  /** Milliseconds of successful loads. */
  readonly loadTime: number;
  /** Bytes in memory. */
  readonly bytes: number;
  /** Entries in memory: within their TTL, and past it. */
  readonly active: number;
  readonly expired: number;
  /** Calls, and the share of them that got a stored value. */
  readonly calls: number;
  readonly hitRate: number | null;
  /** The 95th percentile of load times of the slowest process; percentiles cannot be added. */
  readonly p95: number | null;
  /** The longest time until an entry in memory expires; `null` if none does. */
  readonly longestTtl: number | null;
}

type Counted = Partial<Pick<MethodStats, 'timeToExpiry' | 'loadTimes' | 'active' | 'expired' | 'loadTime'>> &
  Pick<MethodStats, 'hits' | 'stale' | 'misses' | 'loads' | 'errors' | 'timeouts' | 'bytes'>;

/** Adds figures. */
export function totalOf(parts: readonly Counted[]): Totals {
  const sum = (name: keyof Counted) => parts.reduce((total, part) => total + Number(part[name] ?? 0), 0);
  const greatest = (numbers: readonly (number | null | undefined)[]) =>
    numbers.reduce<number | null>((most, one) => (one == null ? most : Math.max(most ?? 0, one)), null);
  const [hits, stale, misses] = [sum('hits'), sum('stale'), sum('misses')];
  const calls = hits + stale + misses;
  return {
    hits,
    stale,
    misses,
    loads: sum('loads'),
    errors: sum('errors'),
    timeouts: sum('timeouts'),
    loadTime: sum('loadTime'),
    bytes: sum('bytes'),
    active: sum('active'),
    expired: sum('expired'),
    calls,
    hitRate: calls === 0 ? null : (hits + stale) / calls,
    p95: greatest(parts.map((part) => part.loadTimes?.p95)),
    longestTtl: greatest(parts.map((part) => part.timeToExpiry?.latest)),
  };
}

/** The totals of each method over all processes, most calls first. */
export function methodTotals(processes: readonly ProcessStatistics[]): [name: string, totals: Totals][] {
  const parts = new Map<string, MethodStats[]>();
  for (const { methods } of processes) {
    for (const [name, stats] of Object.entries(methods)) {
      const known = parts.get(name);
      if (known === undefined) parts.set(name, [stats]);
      else known.push(stats);
    }
  }
  return [...parts]
    .map(([name, stats]): [string, Totals] => [name, totalOf(stats)])
    .sort(([, one], [, other]) => other.calls - one.calls);
}
