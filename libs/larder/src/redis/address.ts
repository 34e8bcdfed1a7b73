import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { LarderOptionsError } from '../base/errors.js';
import { parseRedisUrl } from './redis-url.js';

/** Where Redis is: a URL, options of ioredis, or a client of it that the application already has. */
export type RedisAddress = string | RedisOptions | ClusterAddress | Redis | Cluster;

/** Nodes of a cluster, of which one must be there to find the others. */
interface ClusterAddress {
  readonly cluster: readonly ClusterNode[];
  readonly options?: ClusterOptions;
}

/**
 * What is wrong with an address, one sentence a problem; empty for one that can be used.
 *
 * @param name of the option or variable, for the message
 */
export function problemsOfAddress(address: unknown, name: string): readonly string[] {
  try {
    if (typeof address === 'string') parseRedisUrl(address);
    else if (typeof address !== 'object' || address === null || Array.isArray(address)) {
      return [`${name} is ${address === null ? 'null' : `a ${typeof address}`}; it takes a URL, ${FORMS}`];
    } else return problemsOfObject(address as Exclude<RedisAddress, string>, name);
    return [];
  } catch (error) {
    if (error instanceof LarderOptionsError) return error.problems;
    throw error;
  }
}

const FORMS = 'options of ioredis, { cluster: [{ host, port }] }, a client of ioredis, or false for none';

function problemsOfObject(address: Exclude<RedisAddress, string>, name: string): string[] {
  if (!isClient(address) && 'cluster' in address && !(Array.isArray(address.cluster) && address.cluster.length > 0)) {
    return [`${name}.cluster lists no node; it takes the host and port of at least one`];
  }
  return optionsOf(address).some(({ keyPrefix }) => keyPrefix)
    ? [`${name} has ioredis's keyPrefix, which scripts and streams do not see; leave it out and set Larder's keyPrefix`]
    : [];
}

/** Every set of options that such an address holds. */
function optionsOf(address: Exclude<RedisAddress, string>): readonly { readonly keyPrefix?: string }[] {
  if (isClient(address)) {
    const { options } = address as Cluster;
    return [options, options.redisOptions ?? {}];
  }
  if (!('cluster' in address)) return [address as RedisOptions];
  const { options } = address as ClusterAddress;
  return [options ?? {}, options?.redisOptions ?? {}];
}

/** Whether it is a client already: of this ioredis or of another copy of it, which `instanceof` would not tell. */
export function isClient(address: RedisAddress): address is Redis | Cluster {
  return typeof address === 'object' && 'callBuffer' in address && 'duplicate' in address;
}

/** The number of the database; a cluster has one. */
export function databaseOf(address: RedisAddress): number {
  if (typeof address === 'string') {
    const parsed = parseRedisUrl(address);
    return parsed.kind === 'cluster' ? 0 : (parsed.options.db ?? 0);
  }
  if (isClient(address)) return address.isCluster ? 0 : ((address as Redis).options.db ?? 0);
  return 'cluster' in address ? 0 : ((address as RedisOptions).db ?? 0);
}

/** The hosts a client connects to first, and its password. */
export interface Endpoint {
  readonly hosts: readonly string[];
  readonly password: string | undefined;
}

/** @throws LarderOptionsError for a URL that cannot be read */
export function endpointOf(address: RedisAddress): Endpoint {
  if (typeof address === 'string') {
    const parsed = parseRedisUrl(address);
    if (parsed.kind === 'cluster') return { hosts: hostsOf(parsed.nodes), password: parsed.options.password };
    return ofOptions(parsed.options);
  }
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

/** Nodes given in a shorter form than as objects are left out. */
function hostsOf(nodes: readonly unknown[]): string[] {
  return nodes.flatMap((node) => {
    const { host } = node as { host?: string };
    return host === undefined ? [] : [host];
  });
}
