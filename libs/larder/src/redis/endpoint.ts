import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { type ClusterAddress, parseRedisUrl, type RedisAddress } from './address.js';

/** Whom a client connects to first, and by which password. */
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
  if (!('duplicate' in address)) {
    const given = address as RedisOptions | ClusterAddress;
    if (!('cluster' in given)) return ofOptions(given);
    return { hosts: hostsOf(given.cluster), password: given.options?.redisOptions?.password };
  }
  const client = address as unknown as Redis | Cluster;
  if (!client.isCluster) return ofOptions((client as Redis).options);
  return { hosts: [], password: (client as Cluster).options.redisOptions?.password };
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
