import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Namespace, Server, ServerOptions, Socket } from 'socket.io';
import type { Adapter } from 'socket.io-adapter';
import { LarderOptionsError } from '../base/errors.js';
import { SOCKET } from '../base/signals/work-signals.js';
import { SOCKET_ROOMS, type SocketRooms } from '../nest/socket-rooms.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { LIVE_SETTINGS, type LiveSettings } from './live-queries/options.js';
import { FOREIGN_ORIGIN, isAllowedOrigin, type Origins, problemOfOrigins } from './live-queries/origins.js';
import { limitMessages, type MessageLimits } from './message-limits.js';
import { type AdapterKind, linkNodes, type NodeLink } from './node-link.js';
import { OUTBOX_BOUNDS, type OutboxBounds } from './outbox.js';
import type { PublishingStats } from './publisher.js';

/** Options of {@link RedisIoAdapter}. */
export interface RedisIoAdapterOptions {
  /**
   * `'classic'`: pub/sub, the fastest. `'sharded'`: pub/sub that a large Redis Cluster distributes over its masters.
   * `'streams'`: a client that reconnects, also to another node, gets the events that it missed. Default `'classic'`.
   */
  readonly adapter?: AdapterKind;
  /** Maximum bytes of one message; a client that sends more is disconnected. Default 65,536. */
  readonly maxMessageBytes?: number;
  readonly limits?: Partial<MessageLimits>;
  /**
   * Which pages may open sockets besides those of the same host: a list of origins such as `'https://app.example.com'`, or
   * `'*'` for all. Default: the option `realtime.origins` of `LarderModule`, else none.
   */
  readonly origins?: Origins;
  /** Milliseconds within which a client that reconnects gets the events it missed; `'streams'` only. Default 120,000. */
  readonly recoverWithin?: number;
  /** How many messages wait while Redis is unavailable, and are then sent in order; `'streams'` only. */
  readonly outbox?: Partial<OutboxBounds>;
  /** Further options of Socket.IO's server. */
  readonly server?: Partial<ServerOptions>;
}

const LIMITS: MessageLimits = { perSecond: 20, burst: 40, patience: 200 };

/**
 * Socket.IO for a Nest application, on the Redis that Larder uses: an event of one node reaches the clients of all nodes. While
 * Redis is unavailable each node serves its own clients, and reconnects to the others by itself. Without a configured Redis the
 * adapter serves this process alone.
 *
 * @example
 * ```ts
 * app.useWebSocketAdapter(await RedisIoAdapter.create(app));
 * ```
 */
export class RedisIoAdapter extends IoAdapter {
  private constructor(
    app: INestApplicationContext,
    private readonly options: RedisIoAdapterOptions,
    private readonly link: NodeLink | undefined,
    private readonly origins: Origins,
    private readonly rooms: SocketRooms,
  ) {
    super(app);
  }

  /**
   * Also resolves while Redis is unavailable.
   *
   * @throws LarderOptionsError if the package of the adapter cannot be loaded, or `origins` is invalid
   */
  static async create(app: INestApplicationContext, options: RedisIoAdapterOptions = {}): Promise<RedisIoAdapter> {
    const problem = problemOfOrigins(options.origins);
    if (problem !== undefined) throw new LarderOptionsError([`invalid option origins of RedisIoAdapter: ${problem}`]);
    const redis = app.get(SharedRedis);
    const { address } = redis;
    const { adapter = 'classic', outbox } = options;
    const bounds = { ...OUTBOX_BOUNDS, ...outbox };
    const link = address === undefined ? undefined : await linkNodes(adapter, { ...redis, address }, bounds);
    const origins = options.origins ?? app.get<LiveSettings>(LIVE_SETTINGS).origins;
    return new RedisIoAdapter(app, options, link, origins, app.get<SocketRooms>(SOCKET_ROOMS));
  }

  /** Counts messages to and from other nodes, since the adapter was made. */
  get stats(): PublishingStats {
    return this.link?.stats() ?? { published: 0, lost: 0, waiting: 0, malformed: 0 };
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { adapter, maxMessageBytes = 65_536, recoverWithin = 120_000, server: own, limits } = this.options;
    const recovery = adapter === 'streams' && { connectionStateRecovery: { maxDisconnectionDuration: recoverWithin } };
    const link = this.link;
    const server: Server = super.createIOServer(port, {
      maxHttpBufferSize: maxMessageBytes,
      ...recovery,
      ...(this.origins.length > 0 && { cors: { origin: this.origins, credentials: this.origins !== '*' } }),
      ...own,
      ...options,
      allowRequest: this.#admitting(options?.allowRequest ?? own?.allowRequest),
    } as ServerOptions);
    if (link) server.adapter(constructible((namespace) => link.adapter(namespace)));
    const held: MessageLimits = { ...LIMITS, ...limits };
    const hold = (namespace: Namespace) =>
      namespace.on('connection', (socket) => {
        limitMessages(socket, held);
        announce('connected', socket);
        socket.once('disconnect', () => announce('disconnected', socket));
      });
    hold(server.of('/'));
    this.rooms.add(server._nsps);
    server.on('new_namespace', hold);
    return server;
  }

  /** Refuses handshakes of foreign origins before it calls the application's `allowRequest`. */
  #admitting(next: ServerOptions['allowRequest']): ServerOptions['allowRequest'] {
    return (request, callback) => {
      if (!isAllowedOrigin(request.headers, this.origins)) callback(FOREIGN_ORIGIN, false);
      else if (next === undefined) callback(null, true);
      else next(request, callback);
    };
  }

  /** Called by Nest when all servers are closed. */
  override async dispose(): Promise<void> {
    await this.link?.close();
  }
}

function announce(type: 'connected' | 'disconnected', { nsp }: Socket): void {
  if (SOCKET.isHeard) SOCKET.send({ type, namespace: nsp.name });
}

/** Socket.IO calls the adapter factory with `new`, which an arrow function does not allow. */
function constructible(make: (namespace: Namespace) => Adapter) {
  return function adapterOf(namespace: Namespace): Adapter {
    return make(namespace);
  };
}
