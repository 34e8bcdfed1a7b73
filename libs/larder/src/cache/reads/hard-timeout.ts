import { LarderTimeoutError } from '../../base/errors.js';
import { withinLimit } from '../../base/timeout.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import type { LoadSignal } from './load-signal.js';

/**
 * Limits flights by the hard time-out of their policy. After it the flights have ended, so that the next read begins new
 * ones, and the signal of their load is aborted.
 */
export function withinHardTimeout<T>(
  { clock, flights }: CacheContext,
  flying: readonly [Flight, ...Flight[]],
  loadSignal: LoadSignal,
  { counters, hardTimeout, method }: Policy,
  work: Promise<T>,
): Promise<T> {
  return withinLimit(clock, hardTimeout, work, () => {
    const error = new LarderTimeoutError(method ?? flying[0].id, hardTimeout);
    counters.timeouts++;
    for (const flight of flying) flights.end(flight);
    loadSignal.abort(error);
    throw error;
  });
}
