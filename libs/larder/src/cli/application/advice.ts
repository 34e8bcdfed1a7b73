import type { RedisStatistics } from '../shared-cache/statistics.js';
import { count, percent, plural, size, time } from '../text.js';
import { methodTotals, type ProcessStatistics, type Totals } from './process-statistics.js';

/** One thing to change. */
export interface Advice {
  /** A method, or a part of the cache. */
  readonly subject: string;
  /** The figures that lead to it, as a sentence without its full stop. */
  readonly figures: string;
  /** What to do, as a sentence without its full stop; empty if the figures say it. */
  readonly remedy: string;
}

/** Fewer calls, loads or values say nothing. */
const MIN_CALLS = 200;
const MIN_LOADS = 100;
const MIN_ENTRIES = 20;

const LOW_HIT_RATE = 0.2;
/** A TTL below it is short where most calls miss, in milliseconds. */
const SHORT_TTL = 10_000;
/** The mean size of large values. */
const LARGE_VALUE = 100 * 1024;
/** The share of loads, or of calls of Redis, whose faults are worth a look. */
const MANY_FAULTS = 0.05;
const MANY_REFUSALS = 0.01;
const MANY_EVICTIONS = 0.1;
/** Additional misses of an entry by collisions in the table of versions. */
const MAX_COLLISIONS_PER_HOUR = 6;
/** The versions that an entry depends on, about: everything, three prefixes and two tags. */
const DEPENDENCIES = 6;
const HOUR = 3600;

/**
 * What the statistics of running processes, and of Redis, suggest to change. Says nothing without enough figures.
 *
 * @param redis `undefined` without Redis
 * @param isSimulated whether the adviser of the processes says what TTLs and memory would be better
 */
export function adviceFor(
  processes: readonly ProcessStatistics[],
  redis: RedisStatistics | undefined,
  isSimulated = false,
): readonly Advice[] {
  const methodRules = isSimulated ? METHOD_RULES.filter((rule) => rule !== lowHitRate) : METHOD_RULES;
  const cacheRules = isSimulated ? CACHE_RULES.filter((rule) => rule !== evictions) : CACHE_RULES;
  const methods = methodTotals(processes).flatMap(([name, totals]) =>
    methodRules.flatMap((rule) => rule(totals) ?? []).map((advice) => ({ subject: name, ...advice })),
  );
  const whole = cacheRules.flatMap((rule) => rule(processes) ?? []);
  return [...whole, ...(redis === undefined ? [] : tableAdvice(redis)), ...methods];
}

type MethodRule = (totals: Totals) => Omit<Advice, 'subject'> | undefined;
type CacheRule = (processes: readonly ProcessStatistics[]) => Advice | undefined;

const METHOD_RULES: readonly MethodRule[] = [lowHitRate, largeValues, failingLoads, slowLoads];
const CACHE_RULES: readonly CacheRule[] = [evictions, overtakenLoads, uncacheable, redisFaults, unreadable];

function lowHitRate({ calls, hitRate, loads, longestTtl, active }: Totals) {
  if (calls < MIN_CALLS || hitRate === null || hitRate >= LOW_HIT_RATE) return undefined;
  const figures = `${percent(hitRate)} of ${count(calls)} calls were hits; ${count(loads)} loads`;
  if (active >= MIN_ENTRIES && longestTtl !== null && longestTtl < SHORT_TTL) {
    return {
      figures: `${figures}; none of its ${count(active)} entries in memory lives longer than ${time(longestTtl)} from now`,
      remedy: 'Raise its ttl, and invalidate in the writes that change the value',
    };
  }
  return {
    figures,
    remedy:
      'Check that its key has only what its result depends on, and that writes do not invalidate more than they change; if callers rarely ask twice, do not cache it',
  };
}

function largeValues({ active, expired, bytes }: Totals) {
  const entries = active + expired;
  if (entries < MIN_ENTRIES || bytes / entries < LARGE_VALUE) return undefined;
  return {
    figures: `${count(entries)} entries in memory take ${size(bytes)}, ${size(bytes / entries)} each`,
    remedy: 'Return a page instead of everything, leave out what callers do not use, or set maxShared',
  };
}

function failingLoads({ loads, errors, timeouts }: Totals) {
  if (loads < MIN_LOADS || errors / loads < MANY_FAULTS) return undefined;
  return {
    figures: `${count(errors)} of ${count(loads)} loads failed${timeouts === 0 ? '' : `, and ${count(timeouts)} exceeded their hardTimeout`}`,
    remedy: 'Find out why the source fails; staleIfError serves an older value meanwhile',
  };
}

function slowLoads({ misses, loads, p95, hitRate }: Totals) {
  if (loads < MIN_LOADS || p95 === null || p95 < 1000 || hitRate === null || hitRate < LOW_HIT_RATE) return undefined;
  return {
    figures: `in the slowest process 5 % of the loads took ${time(p95)} or longer; ${count(misses)} calls missed, and ${count(loads)} loaded`,
    remedy: 'Let no caller wait: staleWhileRevalidate or refreshAhead, and critical for calls that are known before',
  };
}

function evictions(processes: readonly ProcessStatistics[]): Advice | undefined {
  const crowded = processes.filter(
    ({ evictions: evicted, loads }) => evicted >= MIN_LOADS && evicted / loads > MANY_EVICTIONS,
  );
  if (crowded.length === 0) return undefined;
  const sum = (name: 'evictions' | 'loads' | 'entries' | 'bytes') =>
    crowded.reduce((total, one) => total + one[name], 0);
  return {
    subject: 'memory',
    figures:
      `${plural(crowded.length, 'process', 'processes')} evicted ${count(sum('evictions'))} entries in ${count(sum('loads'))} loads, and ` +
      `${crowded.length === 1 ? 'holds' : 'hold'} ${count(sum('entries'))} entries of ${size(sum('bytes'))}`,
    remedy: 'Raise LARDER_MAX_ENTRIES or LARDER_MAX_BYTES, whichever these figures have reached',
  };
}

function overtakenLoads(processes: readonly ProcessStatistics[]): Advice | undefined {
  const overtaken = sumOf(processes, 'invalidatedDuringLoad');
  const loads = sumOf(processes, 'loads');
  if (loads < MIN_LOADS || overtaken / loads < MANY_FAULTS) return undefined;
  return {
    subject: 'invalidations',
    figures: `${count(overtaken)} of ${count(loads)} loaded values were not stored, because they were invalidated during their load`,
    remedy: 'Name narrower targets in writes: a key instead of its prefix, a tag of one row instead of one of all',
  };
}

function uncacheable(processes: readonly ProcessStatistics[]): Advice | undefined {
  const refused = sumOf(processes, 'uncacheable');
  if (refused === 0) return undefined;
  return {
    subject: 'values',
    figures: `${plural(refused, 'loaded value', 'loaded values')} could not be stored`,
    remedy:
      'Look for the event uncacheable in the log: it names the method and the part of the value (docs/not-cached.md)',
  };
}

function redisFaults(processes: readonly ProcessStatistics[]): Advice | undefined {
  const failures = sharedSum(processes, 'failures');
  const lookups = sharedSum(processes, 'hits') + sharedSum(processes, 'misses') + failures;
  if (lookups < MIN_CALLS || failures / lookups < MANY_REFUSALS) return undefined;
  return {
    subject: 'Redis',
    figures: `${count(failures)} calls of Redis failed or timed out, beside ${count(lookups - failures)} lookups`,
    remedy: 'Run npx nest-larder doctor; if round trips are slow, raise LARDER_REDIS_TIMEOUT',
  };
}

function unreadable(processes: readonly ProcessStatistics[]): Advice | undefined {
  const discarded = sharedSum(processes, 'discarded');
  const misses = sharedSum(processes, 'misses');
  if (misses < MIN_CALLS || discarded / misses < MANY_FAULTS) return undefined;
  return {
    subject: 'Redis',
    figures: `${count(discarded)} of ${count(misses)} misses in Redis found bytes that could not be read`,
    remedy: 'Give each application and each environment its own LARDER_KEY_PREFIX (docs/formats.md)',
  };
}

/** The expected rate of collisions is dependencies × raised versions per second ÷ slots (docs/consistency.md). */
function tableAdvice({ slots, journal: { records, raisedPerSecond, span } }: RedisStatistics): readonly Advice[] {
  if (records < MIN_LOADS || raisedPerSecond === null) return [];
  const perHour = (HOUR * DEPENDENCIES * raisedPerSecond) / slots;
  if (perHour < MAX_COLLISIONS_PER_HOUR) return [];
  return [
    {
      subject: 'version table',
      figures:
        `${raisedPerSecond.toFixed(1)} versions were raised per second in the last ${time(span)}: with ${count(slots)} slots, an entry of ` +
        `${DEPENDENCIES} dependencies is missed about ${count(perHour)} times an hour because of a collision`,
      remedy: 'Raise LARDER_SLOTS in all processes, together with another LARDER_KEY_PREFIX',
    },
  ];
}

function sumOf(
  processes: readonly ProcessStatistics[],
  name: 'invalidatedDuringLoad' | 'loads' | 'uncacheable',
): number {
  return processes.reduce((total, one) => total + Number(one[name] ?? 0), 0);
}

function sharedSum(
  processes: readonly ProcessStatistics[],
  name: 'failures' | 'hits' | 'misses' | 'discarded',
): number {
  return processes.reduce((total, { shared }) => total + Number(shared?.[name] ?? 0), 0);
}
