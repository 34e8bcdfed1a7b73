import type { ClusterOptions, RedisOptions } from 'ioredis';

/** The behaviour of a client. */
export interface Manner {
  /** Whether commands wait for Redis without a limit (for listeners), or fail at once if they cannot be sent. */
  readonly isPatient: boolean;
  /** 2 for a client that reads streams: RESP3 has another reply format for them. */
  readonly protocol?: 2 | undefined;
  /** Milliseconds without a reply after which a connection is replaced. */
  readonly socketTimeout: number;
}

/** Options of ioredis, with one that its types lack. */
type ServerOptions = RedisOptions & { readonly disconnectTimeout?: number };

/** Options that the application must not override: with another value, reads would be stale or wrong without an error. */
const ALWAYS = {
  lazyConnect: false,
  autoResubscribe: true,
  readOnly: false,
  role: 'master',
  stringNumbers: false,
  // A blocking read takes longer than the timeout of a command.
  commandTimeout: undefined,
  connectTimeout: 2000,
  // When a connection is closed, no caller waits for its pending commands.
  disconnectTimeout: 50,
} as const satisfies ServerOptions;

/** Commands never wait in a queue and are never resent. */
const STRICT = {
  ...ALWAYS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
} as const satisfies ServerOptions;

/** Commands wait for Redis without a limit; for connections that listen. */
const PATIENT = {
  ...ALWAYS,
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  maxRetriesPerRequest: null,
} as const satisfies ServerOptions;

/** The connection ends with its first fault. */
export const ONCE = {
  ...STRICT,
  enableOfflineQueue: true,
  enableReadyCheck: false,
  // RESP3 has another reply format for streams.
  protocol: 2,
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
} as const satisfies ServerOptions;

/** Options for one server; they override `given`. */
export function serverOptions(given: RedisOptions, { isPatient, protocol, socketTimeout }: Manner): RedisOptions {
  return {
    ...given,
    ...(isPatient ? PATIENT : STRICT),
    ...(protocol && { protocol }),
    socketTimeout,
    retryStrategy: untiring(given.retryStrategy),
    ...(given.sentinels && { sentinelRetryStrategy: untiring(given.sentinelRetryStrategy) }),
    reconnectOnError: (error) => isDemotion(error) || (given.reconnectOnError?.(error) ?? false),
  };
}

/** Options for a cluster; they override `given`. */
export function clusterOptions(given: ClusterOptions, manner: Manner): ClusterOptions {
  return {
    slotsRefreshTimeout: 1000,
    slotsRefreshInterval: 5000,
    ...given,
    clusterRetryStrategy: untiring(given.clusterRetryStrategy),
    scaleReads: 'master',
    lazyConnect: false,
    enableOfflineQueue: manner.isPatient,
    shardedSubscribers: true,
    redisOptions: nodeOptions(serverOptions(given.redisOptions ?? {}, manner)),
  };
}

/** The cluster client itself decides when its nodes connect and which commands wait. */
function nodeOptions(options: RedisOptions): RedisOptions {
  return { ...options, enableOfflineQueue: undefined, lazyConnect: undefined };
}

/** Whether Redis refused a command because it became a replica: the address now leads to another server. */
export function isDemotion(error: unknown): boolean {
  return error instanceof Error && DEMOTED.test(error.message);
}

/** Replies of a demoted server to a write, and to a command that was blocked. */
const DEMOTED = /^(READONLY|UNBLOCKED)\b/;

type Strategy = (attempt: number, reason?: Error) => unknown;

/** A strategy that never gives up: otherwise this process would lose Redis until its restart. */
function untiring(given: Strategy | null | undefined): (attempt: number, reason?: Error) => number {
  return (attempt, reason) => {
    const pause = given?.(attempt, reason);
    return typeof pause === 'number' ? pause : Math.min(50 * attempt, 500);
  };
}
