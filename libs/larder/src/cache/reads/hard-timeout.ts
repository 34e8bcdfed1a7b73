import { LarderTimeoutError } from '../../base/errors.js';
import { withinLimit } from '../../base/timeout.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import type { LoadSignal } from './load-signal.js';

/**
 * What some flights bring within the hard time-out of their policy. After it they have ended, so that the next read begins
 * another, and their load is told that nobody waits for it.
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
