import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { LarderOptionsError } from '../base/errors.js';

/** Where Redis is: a URL, options of ioredis, or a client of it that the application already has. */
export type RedisAddress = string | RedisOptions | ClusterAddress | Redis | Cluster;

/** Nodes of a cluster, of which one must be there to find the others. */
interface ClusterAddress {
  readonly cluster: readonly ClusterNode[];
  readonly options?: ClusterOptions;
}

/** A Redis of its own, one that Sentinels watch over, or a cluster. */
export type ParsedAddress =
  | { readonly kind: 'single'; readonly options: RedisOptions }
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly ClusterNode[];
      readonly options: RedisOptions;
      readonly cluster?: ClusterOptions;
    };

const TAKES =
  'redis://[user:password@]host[:port][/database], rediss://…, redis+sentinel://host:port,host:port/master-name ' +
  'or redis+cluster://host:port,host:port';

const URL_PARTS =
  /^(redis|rediss|redis\+sentinel|rediss\+sentinel|redis\+cluster|rediss\+cluster):\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?$/;

/**
 * Reads a URL; never repeats it, because a password may stand in it.
 *
 * @throws LarderOptionsError
 */
export function parseRedisUrl(url: string): ParsedAddress {
  const [, scheme, account, hosts, path] = URL_PARTS.exec(url.trim()) ?? [];
  const nodes = hosts?.split(',').map(toNode);
  if (scheme === undefined || nodes === undefined || nodes.some((node) => node === undefined)) throw unreadable();
  const [first, ...others] = nodes as Node[];
  const access = { ...credentials(account), ...(scheme.startsWith('rediss') ? { tls: {} } : {}) };
  const segments = path?.split('/').filter((segment) => segment !== '') ?? [];
  if (scheme.endsWith('cluster')) {
    if (segments.length > 0) throw unreadable();
    return { kind: 'cluster', nodes: nodes as Node[], options: access };
  }
  if (scheme.endsWith('sentinel')) {
    const [name, db] = segments;
    if (name === undefined) throw unreadable();
    const sentinels = (nodes as Node[]).map(({ host, port }) => ({ host, port: port ?? 26_379 }));
    return { kind: 'single', options: { ...access, sentinels, name, db: toDatabase(db) } };
  }
  if (others.length > 0 || segments.length > 1 || first === undefined) throw unreadable();
  return {
    kind: 'single',
    options: { ...access, host: first.host, port: first.port ?? 6379, db: toDatabase(segments[0]) },
  };
}

interface Node {
  readonly host: string;
  readonly port: number | undefined;
}

function toNode(text: string): Node | undefined {
  const [, host, port] = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) };
}

function credentials(account: string | undefined): { username?: string; password?: string } {
  if (!account) return {};
  const colon = account.indexOf(':');
  const [username, password] =
    colon === -1 ? [account, undefined] : [account.slice(0, colon), account.slice(colon + 1)];
  return { username: decode(username) || undefined, password: decode(password) };
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function toDatabase(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d+$/.test(text)) throw unreadable();
  return Number(text);
}

function unreadable(): LarderOptionsError {
  return new LarderOptionsError([
    `The Redis URL (not shown, it may hold a password) cannot be read; it takes ${TAKES}, with what is special in user and password percent-encoded`,
  ]);
}

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
