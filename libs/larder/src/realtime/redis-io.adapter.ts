import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Namespace, Server, ServerOptions } from 'socket.io';
import type { Adapter } from 'socket.io-adapter';
import { LarderOptionsError } from '../base/errors.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { LIVE_SETTINGS, type LiveSettings } from './live-queries/options.js';
import { FOREIGN_ORIGIN, isAllowedOrigin, type Origins, problemOfOrigins } from './live-queries/origins.js';
import { limitMessages, type MessageLimits } from './message-limits.js';
import { type AdapterKind, linkNodes, type NodeLink } from './node-link.js';
import { OUTBOX_BOUNDS, type OutboxBounds } from './outbox.js';
import type { PublishingStats } from './publisher.js';

/** How sockets are served, and joined with those of other nodes. */
export interface RedisIoAdapterOptions {
  /**
   * `'classic'`: pub/sub, the quickest. `'sharded'`: pub/sub that a large Redis Cluster spreads over its masters. `'streams'`:
   * clients that were away for a moment get what they missed, also when they come back to another node. Default `'classic'`.
   */
  readonly adapter?: AdapterKind;
  /** Most bytes of one message; who sends more is disconnected. Default 65,536. */
  readonly maxMessageBytes?: number;
  readonly limits?: Partial<MessageLimits>;
  /**
   * Which pages may open sockets besides those of the same host: a list of origins such as `'https://app.example.com'`, or
   * `'*'` for all. Default: the option `realtime.origins` of `LarderModule`, else none.
   */
  readonly origins?: Origins;
  /** For how long a client may be away and get what it missed, in milliseconds; `'streams'` only. Default 120,000. */
  readonly recoverWithin?: number;
  /** How much waits for a Redis that is away, to be sent in order when it is back; `'streams'` only. */
  readonly outbox?: Partial<OutboxBounds>;
  /** Further options of Socket.IO's server. */
  readonly server?: Partial<ServerOptions>;
}

const LIMITS: MessageLimits = { perSecond: 20, burst: 40, patience: 200 };

/**
 * Socket.IO for a Nest application, on the Redis that Larder uses: what one node emits reaches the clients of all. While
 * Redis is away each node goes on serving its own clients, and joins the others again by itself. Without Redis it serves
 * this process alone.
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
  ) {
    super(app);
  }

  /**
   * Resolves whether or not Redis can be reached.
   *
   * @throws LarderOptionsError if the package of the adapter cannot be loaded, or `origins` holds what is none
   */
  static async create(app: INestApplicationContext, options: RedisIoAdapterOptions = {}): Promise<RedisIoAdapter> {
    const problem = problemOfOrigins(options.origins);
    if (problem !== undefined) throw new LarderOptionsError([`The option origins of RedisIoAdapter ${problem}`]);
    const redis = app.get(SharedRedis);
    const { address } = redis;
    const { adapter = 'classic', outbox } = options;
    const bounds = { ...OUTBOX_BOUNDS, ...outbox };
    const link = address === undefined ? undefined : await linkNodes(adapter, { ...redis, address }, bounds);
    return new RedisIoAdapter(app, options, link, options.origins ?? app.get<LiveSettings>(LIVE_SETTINGS).origins);
  }

  /** Messages for the other nodes and from them, since the adapter was made. */
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
    const hold = (namespace: Namespace) => namespace.on('connection', (socket) => limitMessages(socket, held));
    hold(server.of('/'));
    server.on('new_namespace', hold);
    return server;
  }

  /** Refuses handshakes from pages of other origins before anything else is asked. */
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

/** Socket.IO calls what makes adapters with `new`, which an arrow function does not allow. */
function constructible(make: (namespace: Namespace) => Adapter) {
  return function adapterOf(namespace: Namespace): Adapter {
    return make(namespace);
  };
}
