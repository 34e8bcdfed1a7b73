import type { CallStats } from '../../cache/stats/statistics.js';

/**
 * How long the calls that were served a stored value would have spent in loads, in milliseconds: for each method, their number
 * times the mean duration of its loads.
 */
export function savedTime(methods: Readonly<Record<string, CallStats>>): number {
  return Object.values(methods).reduce((sum, each) => sum + savedBy(each), 0);
}

export function savedBy({ hits, stale, sharedHits, loads, errors, loadTime }: CallStats): number {
  const succeeded = loads - errors;
  return succeeded > 0 ? ((hits + stale + sharedHits) * loadTime) / succeeded : 0;
}
