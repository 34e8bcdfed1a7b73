import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { LarderOptionsError, LarderRedisError } from '../base/errors.js';
import { type ParsedAddress, parseRedisUrl, type RedisAddress } from './address.js';
import type { Connection } from './connection.js';

/** What Larder has to know of ioredis, to open Redis in each of its forms. */
export interface OpenRedis {
  /** For commands on any key. */
  readonly client: Redis | Cluster;
  /** Whether keys are spread over several servers. */
  readonly isCluster: boolean;
  /** A connection of its own to the master that has a key, for what blocks. It is not connected yet, and never connects twice. */
  dedicate(key: string): Promise<Redis>;
  /** Connections to every master. */
  masters(): readonly Redis[];
  /** Ends the connections that were opened here. */
  close(): void;
}

/** What the client is told whoever made its options: nothing waits in a queue, and nothing is sent twice. */
const STRICT = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2000,
  // What is still under way when a connection is closed is wanted by nobody.
  disconnectTimeout: 50,
} as const satisfies RedisOptions & { readonly disconnectTimeout: number };

/** A connection that ends with its first fault. */
const ONCE = {
  ...STRICT,
  enableOfflineQueue: true,
  enableReadyCheck: false,
  // Streams are answered in another shape by the later protocol.
  protocol: 2,
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
} as const satisfies RedisOptions & { readonly disconnectTimeout: number };

/** A connection that waits for Redis as long as it takes, for what listens. */
const PATIENT = {
  ...STRICT,
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: true,
} as const satisfies RedisOptions & { readonly disconnectTimeout: number };

const retryStrategy = (attempt: number) => Math.min(50 * attempt, 500);

/**
 * Opens Redis; resolves before it is connected, and whether or not it can be.
 *
 * @param socketTimeout milliseconds after which a connection that answers nothing is replaced
 * @throws LarderOptionsError for a URL that cannot be read, or without ioredis
 */
export async function openRedis(address: RedisAddress, socketTimeout: number): Promise<OpenRedis> {
  if (isClient(address))
    return address.isCluster ? clusterOf(address as Cluster, false) : singleOf(address as Redis, false);
  const ioredis = await loadIoredis();
  const parsed = parse(address);
  if (parsed.kind === 'single') {
    const options: RedisOptions = { retryStrategy, ...parsed.options, ...STRICT, socketTimeout };
    return singleOf(new ioredis.Redis(options), true);
  }
  const options = { ...parsed.options, ...STRICT, socketTimeout, enableOfflineQueue: undefined };
  return clusterOf(
    new ioredis.Cluster([...parsed.nodes], {
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: 1000,
      slotsRefreshInterval: 5000,
      ...parsed.cluster,
      redisOptions: { ...parsed.cluster?.redisOptions, ...options },
      enableOfflineQueue: false,
    }),
    true,
  );
}

/** Milliseconds after which a connection that answers nothing is replaced: longer than a blocking read takes. */
const SILENCE = 3000;

/** How a client of its own behaves. */
export interface Manner {
  /** Whether it waits for Redis as long as it takes, for what listens, or refuses at once what cannot be sent. */
  readonly isPatient: boolean;
  /** 2 for whoever reads streams: they are answered in another shape by the later one. */
  readonly protocol?: 2;
}

/** Opens a client besides the one for commands; it connects again by itself. */
export async function openAnother(address: RedisAddress, manner: Manner): Promise<Redis | Cluster> {
  if (isClient(address)) return copyOf(address, manner);
  const ioredis = await loadIoredis();
  const parsed = parse(address);
  const { ofCluster, ofServer } = optionsFor(manner);
  if (parsed.kind === 'single') return silenced(new ioredis.Redis({ retryStrategy, ...parsed.options, ...ofServer }));
  const redisOptions = { ...parsed.cluster?.redisOptions, ...parsed.options, ...ofServer };
  return silenced(new ioredis.Cluster([...parsed.nodes], { ...parsed.cluster, ...ofCluster, redisOptions }));
}

/** One more client for the same Redis. */
export function copyOf(client: Redis | Cluster, manner: Manner): Redis | Cluster {
  const { ofCluster, ofServer } = optionsFor(manner);
  if (!client.isCluster) return silenced(Object.getPrototypeOf(client).duplicate.call(client, ofServer));
  return silenced(Object.getPrototypeOf(client).duplicate.call(client, [], { ...ofCluster, redisOptions: ofServer }));
}

function optionsFor({ isPatient, protocol }: Manner): { ofServer: RedisOptions; ofCluster: ClusterOptions } {
  return {
    ofServer: { ...(isPatient ? PATIENT : STRICT), socketTimeout: SILENCE, ...(protocol && { protocol }) },
    ofCluster: {
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: 1000,
      slotsRefreshInterval: 5000,
      enableOfflineQueue: isPatient,
      shardedSubscribers: true,
    },
  };
}

/** Resolves when commands can be sent, or after a while: they say why they cannot. */
export async function connected({ client }: OpenRedis, patience: number): Promise<void> {
  const until = performance.now() + patience;
  while (client.status !== 'ready' && performance.now() < until) await delay(5);
}

/** Whether it is a client already: of this ioredis or of another copy of it, which `instanceof` would not tell. */
function isClient(address: RedisAddress): address is Redis | Cluster {
  return typeof address === 'object' && 'callBuffer' in address && 'duplicate' in address;
}

async function loadIoredis() {
  try {
    return await import('ioredis');
  } catch (error) {
    throw new LarderOptionsError([
      `Redis is configured, but the package ioredis cannot be loaded (${error}); install it`,
    ]);
  }
}

function parse(address: Exclude<RedisAddress, Redis | Cluster>): ParsedAddress {
  if (typeof address === 'string') return parseRedisUrl(address);
  if ('cluster' in address) return { kind: 'cluster', nodes: address.cluster, options: {}, cluster: address.options };
  return { kind: 'single', options: address as RedisOptions };
}

function singleOf(client: Redis, isOurs: boolean): OpenRedis {
  silenced(client);
  return {
    client,
    isCluster: false,
    dedicate: async () => silenced(client.duplicate(ONCE)),
    masters: () => [client],
    close: () => release(client, isOurs),
  };
}

function clusterOf(client: Cluster, isOurs: boolean): OpenRedis {
  silenced(client);
  return {
    client,
    isCluster: true,
    dedicate: async (key) => silenced((await masterOf(client, key)).duplicate(ONCE)),
    masters: () => client.nodes('master'),
    close: () => release(client, isOurs),
  };
}

async function masterOf(cluster: Cluster, key: string): Promise<Redis> {
  const slot = Number(await cluster.call('CLUSTER', 'KEYSLOT', key));
  const owner = cluster.slots[slot]?.[0];
  const node = cluster.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner);
  if (node === undefined) throw new LarderRedisError('unavailable', `No master of the cluster is known for ${key}`);
  return node;
}

function release(client: Redis | Cluster, isOurs: boolean): void {
  if (isOurs) client.disconnect();
  else client.off('error', ignore);
}

/** Without a listener a connection that fails ends the process; who uses it sees the fault in the commands. */
function silenced<Client extends Redis | Cluster>(client: Client): Client {
  client.on('error', ignore);
  return client;
}

function ignore(): void {}

/** A client as a {@link Connection}, with bytes for replies. */
export function connectionOf(client: Redis | Cluster): Connection {
  return { call: (command, ...args) => client.callBuffer(command, ...args) };
}
