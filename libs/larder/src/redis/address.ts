import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { LarderOptionsError } from '../base/errors.js';
import {
  databaseOfClient,
  endpointOfClient,
  isNodeRedis,
  type NodeRedisClient,
  problemsOfClient,
} from './node-redis/given-client.js';
import { type Endpoint, parseRedisUrl, type RedisLibrary } from './redis-url.js';

/** The address of Redis: a URL, options of ioredis, `{ cluster }`, or a client of the application, of ioredis or node-redis. */
export type RedisAddress = string | RedisOptions | ClusterAddress | Redis | Cluster | NodeRedisClient;

/** Nodes of a cluster; one available node is enough to find the others. */
interface ClusterAddress {
  readonly cluster: readonly ClusterNode[];
  readonly options?: ClusterOptions;
}

/**
 * The problems of an address, one sentence each; empty for a valid one.
 *
 * @param name of the option or variable, for the message
 */
export function problemsOfAddress(address: unknown, name: string): readonly string[] {
  try {
    if (typeof address === 'string') parseRedisUrl(address);
    else if (typeof address !== 'object' || address === null || Array.isArray(address)) {
      return [`invalid ${name}: got ${address === null ? 'null' : `a ${typeof address}`}, expected a URL, ${FORMS}`];
    } else return problemsOfObject(address as Exclude<RedisAddress, string>, name);
    return [];
  } catch (error) {
    if (error instanceof LarderOptionsError) return error.problems;
    throw error;
  }
}

export const FORMS =
  'options of ioredis, { cluster: [{ host, port }] }, a client of ioredis or node-redis, or false for none';

function problemsOfObject(address: Exclude<RedisAddress, string>, name: string): readonly string[] {
  if (isNodeRedis(address)) return problemsOfClient(address, name);
  if (!isClient(address) && 'cluster' in address && !(Array.isArray(address.cluster) && address.cluster.length > 0)) {
    return [`invalid ${name}.cluster: got no node, expected the host and port of at least one node`];
  }
  return optionsOf(address).some(({ keyPrefix }) => keyPrefix)
    ? [`The ${name} has ioredis's keyPrefix, which scripts and streams ignore; remove it and set Larder's keyPrefix`]
    : [];
}

/** All option objects of an address for ioredis. */
function optionsOf(
  address: Exclude<RedisAddress, string | NodeRedisClient>,
): readonly { readonly keyPrefix?: string }[] {
  if (isClient(address)) {
    const { options } = address as Cluster;
    return [options, options.redisOptions ?? {}];
  }
  if (!('cluster' in address)) return [address as RedisOptions];
  const { options } = address as ClusterAddress;
  return [options ?? {}, options?.redisOptions ?? {}];
}

/** The client library that opens an address. */
export function libraryOf(address: RedisAddress): RedisLibrary {
  if (typeof address === 'string') return parseRedisUrl(address).library;
  return isNodeRedis(address) ? 'node-redis' : 'ioredis';
}

/** Whether the address is a client of ioredis. By shape: it may come from another copy of ioredis, where `instanceof` fails. */
export function isClient(address: RedisAddress): address is Redis | Cluster {
  return typeof address === 'object' && 'callBuffer' in address && 'duplicate' in address;
}

/** The number of the database; always 0 in a cluster. */
export function databaseOf(address: RedisAddress): number {
  if (typeof address === 'string') {
    const parsed = parseRedisUrl(address);
    return parsed.kind === 'cluster' ? 0 : (parsed.options.db ?? 0);
  }
  if (isNodeRedis(address)) return databaseOfClient(address);
  if (isClient(address)) return address.isCluster ? 0 : ((address as Redis).options.db ?? 0);
  return 'cluster' in address ? 0 : ((address as RedisOptions).db ?? 0);
}

/** @throws LarderOptionsError for a URL that cannot be read */
export function endpointOf(address: RedisAddress): Endpoint {
  if (typeof address === 'string') {
    const parsed = parseRedisUrl(address);
    if (parsed.kind === 'cluster') return { hosts: hostsOf(parsed.nodes), password: parsed.options.password };
    return ofOptions(parsed.options);
  }
  if (isNodeRedis(address)) return endpointOfClient(address);
  if (!isClient(address)) {
    const given = address as RedisOptions | ClusterAddress;
    if (!('cluster' in given)) return ofOptions(given);
    return { hosts: hostsOf(given.cluster), password: given.options?.redisOptions?.password };
  }
  if (!address.isCluster) return ofOptions((address as Redis).options);
  return { hosts: [], password: (address as Cluster).options.redisOptions?.password };
}

function ofOptions({ sentinels, host = 'localhost', path, password }: RedisOptions): Endpoint {
  if (sentinels) return { hosts: hostsOf(sentinels), password };
  return { hosts: path === undefined ? [host] : [], password };
}

/** Ignores nodes that are not given as objects. */
function hostsOf(nodes: readonly unknown[]): string[] {
  return nodes.flatMap((node) => {
    const { host } = node as { host?: string };
    return host === undefined ? [] : [host];
  });
}
