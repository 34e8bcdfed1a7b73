import { loadOptional } from '../../base/package/optional-package.js';
import type { ParsedAddress } from '../redis-url.js';
import type { ClusterOptions, NodeRedisSettings, ServerOptions } from './given-client.js';

/** An argument as node-redis takes it. */
export type Wire = string | Buffer;
type Listener = (error?: unknown) => void;

/** What Larder uses of a client for one server. */
export interface SingleClient {
  on(event: string, listener: Listener): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
  duplicate(overrides: object): SingleClient;
  sendCommand(args: readonly Wire[], options?: object): Promise<unknown>;
  readonly isReady: boolean;
}

/** A node of a cluster; its client connects with the cluster. */
interface ClusterNode {
  readonly client?: SingleClient | undefined;
}

/** What Larder uses of a client for a cluster. */
export interface ClusterClient {
  on(event: string, listener: Listener): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
  duplicate(overrides: object): ClusterClient;
  sendCommand(key: Wire | undefined, isReadonly: boolean, args: readonly Wire[], options?: object): Promise<unknown>;
  readonly masters: readonly ClusterNode[];
  readonly slots: readonly ({ readonly master: ClusterNode } | undefined)[];
}

export interface Library {
  createClient(options: object): SingleClient;
  createCluster(options: object): ClusterClient;
}

/** @throws LarderOptionsError if node-redis is not installed */
export async function loadLibrary(): Promise<Library> {
  return (await loadOptional('Redis with ?client=node-redis', 'redis', () => import('redis'))) as unknown as Library;
}

/** Options of node-redis for a URL, whose parsed form has those of ioredis. */
export function settingsFor(address: ParsedAddress): NodeRedisSettings {
  const { host, port, family, tls, username, password, db, sentinels, name } = address.options;
  const socket = { ...(family !== undefined && { family }), ...(tls && { ...tls, tls: true }) };
  const access = { username, password };
  if (sentinels !== undefined && name !== undefined) {
    const { sentinelUsername, sentinelPassword } = address.options;
    const ofSentinel = { username: sentinelUsername, password: sentinelPassword };
    const all = sentinels.map(({ host, port }) => ({ ...ofSentinel, socket: { ...socket, host, port } as object }));
    return { kind: 'sentinel', options: { ...access, database: db, socket, name, sentinels: all } };
  }
  if (address.kind === 'single') {
    return { kind: 'single', options: { ...access, database: db, socket: { ...socket, host, port } as object } };
  }
  const rootNodes = address.nodes.map((node) => {
    const { host, port = 6379 } = node as { host: string; port?: number };
    return { socket: { host, port } };
  });
  return { kind: 'cluster', options: { rootNodes, defaults: { ...access, socket } } };
}

/** Bulk and simple strings (`$` and `+` of the protocol) as buffers. node-redis 6 limits commands to 5 s by itself. */
export const COMMAND_OPTIONS = { typeMapping: { 36: Buffer, 43: Buffer }, timeout: undefined };

const CONNECT_TIMEOUT = 2000;
/** So many intervals between two `PING`s without any traffic end a connection. */
const SILENT_INTERVALS = 3;

/**
 * Options that the application must not override. A connection ends with its first fault: `Sessions` replaces it. Commands never
 * wait in a queue and are never resent.
 *
 * @param pingInterval milliseconds
 */
export function serverOptions(given: ServerOptions, pingInterval: number): object {
  return {
    // RESP3 has another reply format for streams.
    RESP: 2,
    commandOptions: COMMAND_OPTIONS,
    disableOfflineQueue: true,
    pingInterval,
    readonly: false,
    // What needs RESP3, or would refuse or change commands.
    clientSideCache: undefined,
    emitInvalidate: undefined,
    maintNotifications: 'disabled',
    commandsQueueMaxLength: undefined,
    socket: {
      ...given.socket,
      reconnectStrategy: false,
      connectTimeout: CONNECT_TIMEOUT,
      socketTimeout: SILENT_INTERVALS * pingInterval,
    },
  };
}

/** The same for a cluster. */
export function clusterOptions({ defaults = {} }: ClusterOptions, pingInterval: number): object {
  const { RESP, commandOptions, clientSideCache, ...ofNodes } = serverOptions(defaults, pingInterval) as Record<
    string,
    unknown
  >;
  return {
    RESP,
    commandOptions,
    clientSideCache,
    useReplicas: false,
    minimizeConnections: false,
    defaults: { ...defaults, ...ofNodes, commandOptions },
  };
}
