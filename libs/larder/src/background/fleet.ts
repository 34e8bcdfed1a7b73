import { type Clock, SystemClock } from '../base/clock.js';
import { LarderOptionsError } from '../base/errors.js';
import { demandOptions, unknownOptions } from '../base/suggestion.js';
import type { Duration } from '../base/units.js';
import { option, readOptions } from '../options/option.js';
import { durationWithin, hasMethods, inCode } from '../options/values.js';
import type { RedisAddress } from '../redis/address.js';
import { connected, openRedis } from '../redis/connect.js';
import { CONNECTION_OPTIONS } from '../redis/options.js';
import { RedisClient } from '../redis/redis-client.js';
import { Counter } from './counters/counter.js';
import { Deadline } from './deadlines/deadline.js';

/** A part that several processes share. */
export type FleetPart = Counter | Deadline;

export interface FleetOptions {
  /** The Redis of all processes; `undefined` or `false` for this process alone. */
  readonly redis: RedisAddress | false | undefined;
  /** The timeout of a call to Redis: 1 ms to a minute. Default `'250ms'`. */
  readonly redisTimeout?: Duration;
  /** The prefix of every key in Redis. Default `'larder'`. */
  readonly keyPrefix?: string;
  /**
   * How long a batch stays claimed after the process that writes or expires it has died; then another process takes it
   * over: `'100ms'` to `'1d'`. Default `'30s'`.
   */
  readonly claimTtl?: Duration;
  readonly clock?: Clock;
}

/** Parts connected to those of other processes. */
export interface Fleet {
  /**
   * Saves the increments of this process, and closes the connections to Redis. `onError` of a counter gets those that could
   * not be written.
   *
   * @param timeout milliseconds; default 5,000
   */
  close(timeout?: number): Promise<void>;
}

/** The most milliseconds for closing, over all steps. */
const CLOSE_TIMEOUT = 5000;

/** How long a start waits for Redis before it continues without, in milliseconds. */
const CONNECT_TIMEOUT = 2000;

/** The table of {@link FleetOptions}. */
const FLEET_OPTIONS = {
  ...CONNECTION_OPTIONS,
  claimTtl: option(undefined, durationWithin('100ms', '1d'), undefined, 'How long a claim outlives its process.'),
  clock: option(undefined, inCode<Clock>('a clock', hasMethods('now', 'elapsed', 'after')), undefined, 'The time.'),
} as const;

export function isFleetPart(value: unknown): value is FleetPart {
  return value instanceof Counter || value instanceof Deadline;
}

/**
 * Connects counters and deadlines to those of the same names in other processes, through Redis. In a Nest application,
 * providers and properties of providers are connected without a call.
 *
 * @throws LarderOptionsError listing every invalid option, or without the client library
 *
 * @example
 * ```ts
 * const fleet = await connectToRedis([views], { redis: 'redis://localhost:6379' });
 * await views.add('42');
 * await fleet.close();
 * ```
 */
export async function connectToRedis(parts: readonly FleetPart[], options: FleetOptions): Promise<Fleet> {
  const { redis, redisTimeout: timeout, keyPrefix: prefix, claimTtl, clock = new SystemClock() } = settingsOf(options);
  const access = redis ? new RedisClient(await openRedis(redis, Math.max(1000, 4 * timeout)), timeout) : undefined;
  if (access !== undefined) await connected(access, CONNECT_TIMEOUT);
  await Promise.all(parts.map((part) => part.join({ redis: access, prefix, clock, claimTtl })));
  return {
    close: async (timeout = CLOSE_TIMEOUT) => {
      await Promise.all(parts.map((part) => part.close(timeout)));
      access?.close();
    },
  };
}

function settingsOf(options: FleetOptions) {
  demandOptions(options, 'options of connectToRedis');
  const problems = unknownOptions(options, Object.keys(FLEET_OPTIONS), 'connectToRedis');
  const settings = readOptions(FLEET_OPTIONS, options, {}, problems);
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return settings;
}
