import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { LarderOptionsError, LarderRedisError } from '../errors.js';
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
