import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { LarderOptionsError, LarderRedisError } from '../base/errors.js';
import { loadOptional } from '../base/package/optional-package.js';
import { isClient, problemsOfAddress, type RedisAddress } from './address.js';
import { ClientFaults } from './client/faults.js';
import { clusterOptions, type Manner, ONCE, serverOptions } from './client/manner.js';
import { settleConnect } from './client/settled-connect.js';
import type { Connection } from './connection.js';
import { type ParsedAddress, parseRedisUrl } from './redis-url.js';

/** An open Redis: one server, behind Sentinels, or a cluster. */
export interface OpenRedis {
  /** For commands on any key. */
  readonly client: Redis | Cluster;
  /** Whether keys are distributed over several servers. */
  readonly isCluster: boolean;
  /** Why it cannot be used. */
  readonly faults: ClientFaults;
  /** A dedicated connection to the master that has a key, for blocking commands. It connects lazily, and only once. */
  dedicate(key: string): Promise<DedicatedClient>;
  /** Connections to every master. */
  masters(): readonly Redis[];
  /** Closes the connections. */
  close(): void;
}

/** A client that ends with its first fault. */
interface DedicatedClient {
  readonly client: Redis;
  readonly faults: ClientFaults;
}

/**
 * Opens Redis; resolves before the connection, also while Redis is unavailable. Duplicates a client of the application: its
 * state and options do not affect Larder.
 *
 * @param socketTimeout milliseconds without a reply after which a connection is replaced
 * @param protocol 2 for commands on streams
 * @throws LarderOptionsError if the address is invalid, or ioredis is not installed
 */
export async function openRedis(address: RedisAddress, socketTimeout: number, protocol?: 2): Promise<OpenRedis> {
  const client = await openClient(address, { isPatient: false, socketTimeout, protocol });
  const faults = new ClientFaults(client);
  const close = () => client.disconnect();
  if (client.isCluster) {
    const cluster = client as Cluster;
    const dedicate = async (key: string) => once(await masterOf(cluster, key));
    return { client, faults, isCluster: true, dedicate, masters: () => cluster.nodes('master'), close };
  }
  const single = client as Redis;
  const origin = isClient(address) ? (address as Redis) : single;
  return { client, faults, isCluster: false, dedicate: async () => once(origin), masters: () => [single], close };
}

/**
 * Opens a client that reconnects by itself.
 *
 * @throws LarderOptionsError if the address is invalid, or ioredis is not installed
 */
export async function openClient(address: RedisAddress, manner: Manner): Promise<Redis | Cluster> {
  const problems = problemsOfAddress(address, 'option redis');
  if (problems.length > 0) throw new LarderOptionsError(problems);
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

/** Resolves when commands can be sent, or after `patience` milliseconds; commands then fail with the reason. */
export async function connected({ client }: Pick<OpenRedis, 'client'>, timeout: number): Promise<void> {
  const until = performance.now() + timeout;
  while (client.status !== 'ready' && performance.now() < until) await delay(5);
}

/** A client as a {@link Connection}, whose replies are buffers. */
export function connectionOf(client: Redis | Cluster): Connection {
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

function parse(address: Exclude<RedisAddress, Redis | Cluster>): ParsedAddress {
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
  return { client: dedicated, faults: new ClientFaults(dedicated) };
}
