import type * as BullMq from 'bullmq';
import { LarderRedisError } from '../../../base/errors.js';
import { withTimeout } from '../../../redis/command-timeout.js';

/**
 * How long one wait for ticks may last, in milliseconds. After an error, BullMQ waits as long as it may, also if ticks
 * are due.
 */
export const MAX_WAIT = 1000;
/**
 * When a wait or a reconnect is given up, in milliseconds: later than BullMQ replaces the connection of a wait that does not end,
 * which is a second after its end is due.
 */
const WAIT_TIMEOUT = 4000;

/**
 * Makes BullMQ's backend, with a limit on each wait for ticks and on each reconnect that follows: BullMQ has none for its reconnect,
 * and a worker that waits fetches nothing.
 *
 * @param timeout milliseconds
 */
export function boundedWaits(
  make: typeof BullMq.createRedisBackend,
  timeout = WAIT_TIMEOUT,
): typeof BullMq.createRedisBackend {
  return (...args) => {
    const backend = make(...args);
    const wait = backend.waitForJob.bind(backend);
    const reconnect = backend.reconnectBlocking.bind(backend);
    backend.waitForJob = (seconds) =>
      withTimeout(wait(Math.min(seconds, MAX_WAIT / 1000)), timeout, 'BZPOPMIN').catch(asNothing);
    backend.reconnectBlocking = () => withTimeout(reconnect(), timeout, 'The reconnect');
    return backend;
  };
}

/** After a wait in which nothing came, BullMQ fetches what is due, over its other connection. */
function asNothing(error: unknown): null {
  if (error instanceof LarderRedisError && error.reason === 'timeout') return null;
  throw error;
}
