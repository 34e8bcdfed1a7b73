/** Counts that tell whether warming is worth its loads. They count half after {@link LEDGER_HALF_LIFE}. */
export interface Counts {
  /** Loads for callers. */
  loads: number;
  /** Warmed values that a caller asked for. */
  used: number;
  unused: number;
  /** Loads that would not have been made: those of unused values, and for each used one the part of its life before its first use. */
  extra: number;
}

export const LEDGER_HALF_LIFE = 86_400_000;

/** The extra loads that are allowed for each load for a caller. */
const MAX_EXTRA = 0.09;
/** The extra loads that are allowed before anything is known. */
const FREE_EXTRA = 20;
/** Values that may wait for their first use while no value is known to have been used. */
const FIRST_TRUST = 30;
/** How many more may wait for each value that was used. */
const TRUST = 2;
/** The extra loads that a waiting value is expected to cost, at least. */
const MIN_COST = 0.05;

export function noCounts(): Counts {
  return { loads: 0, used: 0, unused: 0, extra: 0 };
}

export function addCounts(counts: Counts, { loads, used, unused, extra }: Counts): void {
  counts.loads += loads;
  counts.used += used;
  counts.unused += unused;
  counts.extra += extra;
}

export function decayCounts(counts: Counts, factor: number): void {
  counts.loads *= factor;
  counts.used *= factor;
  counts.unused *= factor;
  counts.extra *= factor;
}

/**
 * How many values may be loaded now: trust grows with the values that were used, and ends where extra loads would exceed their share
 * of the loads for callers.
 *
 * @param waiting loaded values of which it is not known yet whether they are used
 */
export function allowance({ loads, used, unused, extra }: Counts, waiting: number): number {
  const cost = Math.max(MIN_COST, (extra + 2) / (used + unused + 8));
  const byExtra = (MAX_EXTRA * loads + FREE_EXTRA - extra) / cost;
  return Math.max(0, Math.floor(Math.min(FIRST_TRUST + TRUST * used, byExtra) - waiting));
}
