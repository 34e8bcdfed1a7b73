import { jest } from '@jest/globals';

/** All that Jest can fake, except the date. */
const REAL: NonNullable<Parameters<typeof jest.useFakeTimers>[0]> = {
  doNotFake: [
    'hrtime',
    'nextTick',
    'performance',
    'queueMicrotask',
    'setImmediate',
    'clearImmediate',
    'setInterval',
    'clearInterval',
    'setTimeout',
    'clearTimeout',
  ],
};

/**
 * Holds the date in this process, not its timers: no midnight passes while a spec counts the calls of today. Call
 * `jest.useRealTimers()` at the end.
 *
 * @param moment milliseconds since the epoch
 * @returns the moment for SQL: other processes and PostgreSQL have their own date
 */
export function holdDate(moment = Date.now()): string {
  jest.useFakeTimers({ ...REAL, now: moment });
  return new Date(moment).toISOString();
}
