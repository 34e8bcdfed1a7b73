import { jest } from '@jest/globals';

/** All that Jest can fake, but the date. */
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
 * Stops the date in this process, not its timers: midnight does not pass while a spec counts what belongs to today. Call
 * `jest.useRealTimers()` at the end.
 *
 * @param moment milliseconds since the epoch
 * @returns the moment, as SQL takes it: other processes and PostgreSQL have a date of their own
 */
export function holdDate(moment = Date.now()): string {
  jest.useFakeTimers({ ...REAL, now: moment });
  return new Date(moment).toISOString();
}
