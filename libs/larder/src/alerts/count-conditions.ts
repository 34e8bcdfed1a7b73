import type { Finding } from './alert.js';
import type { Figures } from './figures.js';
import type { Counts, Past } from './past.js';

const MINUTE = 60_000;
/** The present, in milliseconds. */
const RECENT = 5 * MINUTE;
/** How long the past must be, and at most is. */
const MIN_PAST = 15 * MINUTE;
const MAX_PAST = 65 * MINUTE;
/** Fewer calls prove nothing. */
const MIN_RECENT_CALLS = 100;
const MIN_PAST_CALLS = 1000;
/** Shares of the hit rate of the past: below the first the alert starts, from the second on it ends. */
const LOW = 0.7;
const RECOVERED = 0.85;
/** Evictions to loads: from the first on the alert starts, below the second it ends. */
const CROWDED = 0.5;
const ROOMY = 0.25;
const MIN_EVICTIONS = 100;
/** How long a stale read is news. */
const STALE_NEWS = 10 * MINUTE;

/** Compares with the hour before the alert: what is bad for long does not become the standard. */
export function hitRate(): (figures: Figures, past: Past, isActive: boolean) => readonly Finding[] {
  let usual: number | undefined;
  return (_, past, isActive) => {
    const recent = past.between(RECENT, 0);
    const before = past.between(MAX_PAST, RECENT);
    if (!isActive) {
      const isLong = past.length >= MIN_PAST && callsIn(before) >= MIN_PAST_CALLS;
      usual = isLong ? rateOf(before) : undefined;
    }
    if (usual === undefined || callsIn(recent) < MIN_RECENT_CALLS) return [];
    const rate = rateOf(recent);
    if (rate >= (isActive ? RECOVERED : LOW) * usual) return [];
    return [
      {
        message: `The hit rate is ${percent(rate)} over five minutes; it was ${percent(usual)} in the hour before.`,
        action:
          'Look for a deployment, a cleared cache, or more invalidations than usual: stats() shows the calls of each method.',
      },
    ];
  };
}

export function memory(_: Figures, past: Past, isActive: boolean): readonly Finding[] {
  const { evictions, loads } = past.between(RECENT, 0);
  const isCrowded = evictions >= MIN_EVICTIONS && evictions >= (isActive ? ROOMY : CROWDED) * loads;
  if (!isCrowded) return [];
  return [
    {
      message: `The memory is too small: ${evictions} values were evicted to make room for ${loads} loads in five minutes.`,
      action: 'Raise maxBytes or maxEntries, or set a shorter ttl for methods whose values are rarely read again.',
    },
  ];
}

export function staleReads(_: Figures, past: Past): readonly Finding[] {
  const { staleReads: found } = past.between(STALE_NEWS, 0);
  if (found === 0) return [];
  return [
    {
      message: `The audit found ${found} stale reads in ten minutes: a change was not invalidated.`,
      action:
        'Read the findings in the log: each names the method, and the write or table that probably changed the value.',
    },
  ];
}

function callsIn({ hits, misses }: Counts): number {
  return hits + misses;
}

function rateOf(counts: Counts): number {
  return counts.hits / callsIn(counts);
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(0)} %`;
}
