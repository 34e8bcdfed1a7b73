import type { Writable } from 'node:stream';
import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { LarderOptionsError, LarderRedisError } from '../../base/errors.js';
import { loadOptional } from '../../base/package/optional-package.js';
import { isClient, problemsOfAddress, type RedisAddress } from '../address.js';
import type { Connection, DedicatedClient, OpenRedis } from '../connection.js';
import { isNodeRedis, type NodeRedisClient } from '../node-redis/given-client.js';
import { type ParsedAddress, parseRedisUrl } from '../redis-url.js';
import { faultsOf } from './ioredis-faults.js';
import { clusterOptions, type Manner, ONCE, serverOptions } from './manner.js';
import { settleConnect } from './settled-connect.js';

const NEEDS_IOREDIS =
  'Jobs and socket adapters need ioredis: got a client of node-redis, expected a URL. Set the option redis to the URL with ' +
  '?client=node-redis, which the cache then uses, and run: npm install ioredis';

/** Redis, opened by ioredis. */
export interface OpenIoredis extends OpenRedis {
  readonly client: Redis | Cluster;
}

/**
 * Opens Redis by ioredis; resolves before the connection, also while Redis is unavailable. Duplicates a client of the
 * application: its state and options do not affect Larder.
 *
 * @param socketTimeout milliseconds without a reply after which a connection is replaced
 * @param protocol 2 for commands on streams
 * @throws LarderOptionsError if the address is invalid or a client of node-redis, or ioredis is not installed
 */
export async function openIoredis(address: RedisAddress, socketTimeout: number, protocol?: 2): Promise<OpenIoredis> {
  const client = await openClient(address, { isPatient: false, socketTimeout, protocol });
  const shared = {
    client,
    faults: faultsOf(client),
    connection: connectionOf(client),
    get status() {
      return client.status;
    },
    close: () => client.disconnect(),
  };
  if (client.isCluster) {
    const cluster = client as Cluster;
    return Object.assign(shared, {
      isCluster: true,
      dedicate: async (key: string) => once(await masterOf(cluster, key)),
      masters: () => cluster.nodes('master').map(connectionOf),
      // A cluster client follows its servers by itself.
      reconnect: () => {},
    });
  }
  const single = client as Redis;
  const origin = isClient(address) ? (address as Redis) : single;
  return Object.assign(shared, {
    isCluster: false,
    dedicate: async () => once(origin),
    masters: () => [shared.connection],
    reconnect: () => {
      if (single.status === 'ready') single.disconnect(true);
    },
  });
}

/**
 * Opens a client that reconnects by itself.
 *
 * @throws LarderOptionsError if the address is invalid, or ioredis is not installed
 */
export async function openClient(address: RedisAddress, manner: Manner): Promise<Redis | Cluster> {
  const problems = problemsOfAddress(address, 'option redis');
  if (problems.length > 0) throw new LarderOptionsError(problems);
  if (isNodeRedis(address)) throw new LarderOptionsError([NEEDS_IOREDIS]);
  if (isClient(address)) return copyOf(address, manner);
  const { Redis: Single, Cluster: Many } = await loadOptional('Redis', 'ioredis', () => import('ioredis'));
  const parsed = parse(address);
  if (parsed.kind === 'single') return new Single(serverOptions(parsed.options, manner));
  const redisOptions = { ...parsed.cluster?.redisOptions, ...parsed.options };
  return settleConnect(new Many([...parsed.nodes], clusterOptions({ ...parsed.cluster, redisOptions }, manner)));
}

/** Another client for the same Redis. */
export function copyOf(client: Redis | Cluster, manner: Manner): Redis | Cluster {
  // From the prototype: Larder replaces `duplicate` on some clients.
  const { duplicate } = Object.getPrototypeOf(client);
  if (!client.isCluster) return duplicate.call(client, serverOptions(client.options as RedisOptions, manner));
  return settleConnect(duplicate.call(client, [], clusterOptions(client.options as ClusterOptions, manner)));
}

/** A client as a {@link Connection}, whose replies are buffers. */
function connectionOf(client: Redis | Cluster): Connection {
  if (client.isCluster) return { call: (command, ...args) => client.callBuffer(command, ...args) };
  const single = client as Redis;
  return {
    call: (command, ...args) => {
      // A command that is alone on the connection is sent at once, as most commands of a single caller are.
      if (single.commandQueue.length > 0) holdUntilTurnEnds(single.stream);
      return single.callBuffer(command, ...args);
    },
  };
}

/** Buffers the commands of a turn into one write: a write per command costs more than the rest of the command. */
function holdUntilTurnEnds(stream: Writable | undefined): void {
  if (stream === undefined || stream.writableCorked > 0) return;
  stream.cork();
  const release = () => stream.uncork();
  // Callers of one turn run in microtasks; `nextTick` from a microtask runs when none are left.
  void Promise.resolve().then(() => process.nextTick(release));
}

function parse(address: Exclude<RedisAddress, Redis | Cluster | NodeRedisClient>): ParsedAddress {
  if (typeof address === 'string') return parseRedisUrl(address);
  if ('cluster' in address) return { kind: 'cluster', nodes: address.cluster, options: {}, cluster: address.options };
  return { kind: 'single', options: address as RedisOptions };
}

async function masterOf(cluster: Cluster, key: string): Promise<Redis> {
  const slot = Number(await cluster.call('CLUSTER', 'KEYSLOT', key));
  const owner = cluster.slots[slot]?.[0];
  const node = cluster.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner);
  if (node === undefined) throw new LarderRedisError('unavailable', `No master of the cluster is known for ${key}`);
  return node;
}

function once(client: Redis): DedicatedClient {
  const dedicated = client.duplicate(ONCE);
  return { connection: connectionOf(dedicated), faults: faultsOf(dedicated), close: () => dedicated.disconnect() };
}
