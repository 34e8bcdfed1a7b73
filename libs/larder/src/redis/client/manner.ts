import type { ClusterOptions, RedisOptions } from 'ioredis';

/** How a client behaves. */
export interface Manner {
  /** Whether it waits for Redis as long as it takes, for what listens, or refuses at once what cannot be sent. */
  readonly isPatient: boolean;
  /** 2 for a client that reads streams: a later protocol answers them in another shape. */
  readonly protocol?: 2 | undefined;
  /** Milliseconds after which a connection that answers nothing is replaced. */
  readonly socketTimeout: number;
}

/** Options as ioredis takes them, with one that its types leave out. */
type ServerOptions = RedisOptions & { readonly disconnectTimeout?: number };

/** What options of the application must not change: with each of these a client would be silently stale, deaf or wrong. */
const ALWAYS = {
  lazyConnect: false,
  autoResubscribe: true,
  readOnly: false,
  role: 'master',
  stringNumbers: false,
  // A blocking read takes longer than commands may.
  commandTimeout: undefined,
  connectTimeout: 2000,
  // Nobody waits any more for what is under way when a connection is closed.
  disconnectTimeout: 50,
} as const satisfies ServerOptions;

/** Nothing waits in a queue, and nothing is sent twice. */
const STRICT = {
  ...ALWAYS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
} as const satisfies ServerOptions;

/** A connection that waits for Redis as long as it takes, for what listens. */
const PATIENT = {
  ...ALWAYS,
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  maxRetriesPerRequest: null,
} as const satisfies ServerOptions;

/** A connection that ends with its first fault. */
export const ONCE = {
  ...STRICT,
  enableOfflineQueue: true,
  enableReadyCheck: false,
  // A later protocol answers streams in another shape.
  protocol: 2,
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
} as const satisfies ServerOptions;

/** Options for one server, whatever `given` says besides. */
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

/** Options for a cluster, whatever `given` says besides. */
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

/** The client of a cluster decides itself when its nodes connect, and what waits for them. */
function nodeOptions(options: RedisOptions): RedisOptions {
  return { ...options, enableOfflineQueue: undefined, lazyConnect: undefined };
}

/** Whether Redis refused a command because it became a replica: the address now leads to another server. */
export function isDemotion(error: unknown): boolean {
  return error instanceof Error && DEMOTED.test(error.message);
}

/** What it says to a write, and to what was blocked when it happened. */
const DEMOTED = /^(READONLY|UNBLOCKED)\b/;

type Strategy = (attempt: number, reason?: Error) => unknown;

/** Never gives up: a strategy that does would leave this process without Redis until it is restarted. */
function untiring(given: Strategy | null | undefined): (attempt: number, reason?: Error) => number {
  return (attempt, reason) => {
    const pause = given?.(attempt, reason);
    return typeof pause === 'number' ? pause : Math.min(50 * attempt, 500);
  };
}
