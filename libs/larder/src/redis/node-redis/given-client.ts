import type { Endpoint } from '../redis-url.js';

/**
 * A client of node-redis 5.12 or later, or 6, made by `createClient()` or `createCluster()`. By shape: its own type differs with
 * its modules and its version. Larder opens copies of it.
 */
export interface NodeRedisClient {
  duplicate(overrides?: never): unknown;
  sendCommand(...args: never[]): Promise<unknown>;
  destroy(): unknown;
}

/** Options of a connection to one server, as far as Larder reads them. */
export interface ServerOptions {
  readonly url?: string | undefined;
  readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string; readonly tls?: boolean };
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: number | undefined;
  readonly keyPrefix?: string | undefined;
}

/** Options of `createCluster()`, as far as Larder reads them. */
export interface ClusterOptions {
  readonly rootNodes: readonly ServerOptions[];
  readonly defaults?: ServerOptions;
  readonly keyPrefix?: string | undefined;
}

/** Sentinels, and the name of the master that they watch. */
interface SentinelOptions extends ServerOptions {
  readonly name: string;
  readonly sentinels: readonly ServerOptions[];
}

/** How a client of node-redis reaches Redis. */
export type NodeRedisSettings =
  | { readonly kind: 'single'; readonly options: ServerOptions }
  | { readonly kind: 'sentinel'; readonly options: SentinelOptions }
  | { readonly kind: 'cluster'; readonly options: ClusterOptions };

/** Whether the address is a client of node-redis, of any kind and version. By shape: it may come from another copy. */
export function isNodeRedis(address: unknown): address is NodeRedisClient {
  if (typeof address !== 'object' || address === null) return false;
  return 'sendCommand' in address && !('callBuffer' in address);
}

/** The settings of a client; `undefined` for one that is neither of `createClient` nor of `createCluster`. */
export function settingsOf(client: NodeRedisClient): NodeRedisSettings | undefined {
  const { options, _options } = client as { options?: ServerOptions; _options?: ClusterOptions };
  // A version before 5 has no `destroy`; a Sentinel and a pool have neither of the other two.
  if (!('destroy' in client)) return undefined;
  if ('nodeByAddress' in client && _options !== undefined) return { kind: 'cluster', options: _options };
  return 'isPubSubActive' in client && 'isWatching' in client ? { kind: 'single', options: options ?? {} } : undefined;
}

/** The problems of a client, one sentence each. */
export function problemsOfClient(client: NodeRedisClient, name: string): readonly string[] {
  const settings = settingsOf(client);
  if (settings === undefined) {
    return [
      `invalid ${name}: got a Sentinel, a pool or a version before 5 of node-redis, expected what createClient() or ` +
        'createCluster() of node-redis 5.12 or later made. For Sentinels, use a URL: ' +
        'redis+sentinel://host:port,host:port/master-name?client=node-redis',
    ];
  }
  const { keyPrefix } = settings.options;
  const { defaults = {} } = settings.options as Partial<ClusterOptions>;
  return (keyPrefix ?? defaults.keyPrefix)
    ? [`The ${name} has node-redis's keyPrefix, which Larder does not use; remove it and set Larder's keyPrefix`]
    : [];
}

/** The number of the database; always 0 in a cluster. */
export function databaseOfClient(client: NodeRedisClient): number {
  const settings = settingsOf(client);
  return settings?.kind === 'single' ? (settings.options.database ?? 0) : 0;
}

/** The hosts a client connects to first, and its password. */
export function endpointOfClient(client: NodeRedisClient): Endpoint {
  const settings = settingsOf(client);
  const servers = settings === undefined ? [] : serversOf(settings);
  return {
    hosts: servers.flatMap((server) => placeOf(server).host ?? []),
    password: [...servers, ...defaultsOf(settings)].map(passwordOf).find((password) => password !== undefined),
  };
}

/** The servers that a client asks first. */
export function serversOf(settings: NodeRedisSettings): readonly ServerOptions[] {
  if (settings.kind === 'sentinel') return settings.options.sentinels;
  return settings.kind === 'single' ? [settings.options] : settings.options.rootNodes;
}

/** Options of the servers that are not asked first. */
export function defaultsOf(settings: NodeRedisSettings | undefined): readonly ServerOptions[] {
  if (settings?.kind === 'sentinel') return [settings.options];
  return settings?.kind === 'cluster' && settings.options.defaults !== undefined ? [settings.options.defaults] : [];
}

/** Where a server is: host and port, or a path. */
export function placeOf({ url, socket = {} }: ServerOptions): { host?: string; port?: number; path?: string } {
  if (socket.path !== undefined) return { path: socket.path };
  const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
  return {
    host: parsed?.hostname || socket.host || 'localhost',
    port: Number(parsed?.port) || socket.port || 6379,
  };
}

export function passwordOf({ url, password }: ServerOptions): string | undefined {
  if (password !== undefined || url === undefined || !URL.canParse(url)) return password;
  return decodeURIComponent(new URL(url).password) || undefined;
}
