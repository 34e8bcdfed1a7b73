import { type Clock, SystemClock } from '../base/clock.js';
import { LarderOptionsError } from '../base/errors.js';
import { type Duration, toMilliseconds } from '../base/units.js';
import type { RedisAddress } from '../redis/address.js';
import { connected, openRedis } from '../redis/connect.js';
import { RedisClient } from '../redis/redis-client.js';
import { Counter } from './counters/counter.js';
import { Deadline } from './deadlines/deadline.js';

/** What several processes do together. */
export type FleetPart = Counter | Deadline;

export interface FleetOptions {
  /** The Redis of all processes. `undefined`, or `false`: this process alone. */
  readonly redis: RedisAddress | false | undefined;
  /** How long a call of Redis may take: 1 ms to a minute. Default `'250ms'`. */
  readonly redisTimeout?: Duration;
  /** First part of every name in Redis. Default `'larder'`. */
  readonly keyPrefix?: string;
  /**
   * How long what a process writes or expires outlives it when it dies; then another process takes it over. Default
   * `'30s'`; at least `'100ms'`.
   */
  readonly claimTtl?: Duration;
  readonly clock?: Clock;
}

/** Parts that work together with those of other processes. */
export interface Fleet {
  /**
   * Brings what is in this process to safety, and closes the connections to Redis. `onError` of a counter is told what was not
   * written.
   *
   * @param timeout milliseconds; default 5,000
   */
  close(timeout?: number): Promise<void>;
}

/** Milliseconds that closing waits at most, in all its steps. */
const CLOSE_TIMEOUT = 5000;

const TIMEOUT = 250;
const MIN_CLAIM_TTL = 100;
const MAX_TIMEOUT = 60_000;
/** How long a start waits for Redis before it goes on without, in milliseconds. */
const CONNECT_TIMEOUT = 2000;

export function isFleetPart(value: unknown): value is FleetPart {
  return value instanceof Counter || value instanceof Deadline;
}

/**
 * Has counters and deadlines work together with those of the same names in other processes, through Redis. In a Nest
 * application those that are providers, or properties of providers, need no call.
 *
 * @throws LarderOptionsError for a URL that cannot be read, a timeout or a `claimTtl` that is none, or without ioredis
 *
 * @example
 * ```ts
 * const fleet = await connectToRedis([views], { redis: 'redis://localhost:6379' });
 * await views.add('42');
 * await fleet.close();
 * ```
 */
export async function connectToRedis(parts: readonly FleetPart[], options: FleetOptions): Promise<Fleet> {
  const { redis, redisTimeout = TIMEOUT, keyPrefix: prefix = 'larder', clock = new SystemClock() } = options;
  const timeout = toMilliseconds(redisTimeout);
  if (timeout === undefined || timeout > MAX_TIMEOUT) {
    throw new LarderOptionsError([
      `The option redisTimeout is ${JSON.stringify(redisTimeout)}; it takes milliseconds from 1 to ${MAX_TIMEOUT} or a duration such as '250ms'`,
    ]);
  }
  const claimTtl = claimTtlOf(options.claimTtl);
  const access =
    redis === undefined || redis === false
      ? undefined
      : new RedisClient(await openRedis(redis, Math.max(1000, 4 * timeout)), timeout);
  if (access !== undefined) await connected(access, CONNECT_TIMEOUT);
  await Promise.all(parts.map((part) => part.join({ redis: access, prefix, clock, claimTtl })));
  return {
    close: async (timeout = CLOSE_TIMEOUT) => {
      await Promise.all(parts.map((part) => part.close(timeout)));
      access?.close();
    },
  };
}

function claimTtlOf(given: Duration | undefined): number | undefined {
  if (given === undefined) return undefined;
  const claimTtl = toMilliseconds(given);
  if (claimTtl !== undefined && claimTtl >= MIN_CLAIM_TTL) return claimTtl;
  throw new LarderOptionsError([
    `The option claimTtl is ${JSON.stringify(given)}; it takes milliseconds or a duration such as '30s', at least 100 ms`,
  ]);
}
