import { Redis, type RedisOptions } from 'ioredis';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import type { CacheEvent } from '../../../libs/larder/src/cache/state/events.js';
import type { LarderOptions } from '../../../libs/larder/src/config/options.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { RedisServer } from '../servers/redis-server.js';
import { TcpProxy } from '../servers/tcp-proxy.js';
import { until } from '../until.js';

/** A cache as one node of a fleet, with its two connections to Redis. */
export interface FleetNode {
  readonly cache: Cache;
  readonly events: readonly CacheEvent[];
  /** The proxy of its commands. */
  readonly commands: TcpProxy;
  /** The proxy of its journal. */
  readonly journal: TcpProxy;
}

/** Several caches on one real Redis; each of their connections can be cut. */
export class Fleet {
  readonly nodes: FleetNode[] = [];
  private readonly clients: Redis[] = [];

  private constructor(readonly server: RedisServer) {}

  static async start(args: readonly string[] = []): Promise<Fleet> {
    return new Fleet(await RedisServer.start({ args }));
  }

  /** A node that follows the journal. */
  async join(options: LarderOptions = {}): Promise<FleetNode> {
    const commands = await TcpProxy.to(this.server.port);
    const journal = await TcpProxy.to(this.server.port);
    const client = new Redis({
      port: commands.port,
      retryStrategy: () => 50,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    client.duplicate = (override?: Partial<RedisOptions>) => new Redis({ ...override, port: journal.port });
    this.clients.push(client);
    await until(() => client.status === 'ready');
    const events: CacheEvent[] = [];
    const cache = await createCache({
      // A busy machine must not look like a Redis that hangs.
      redisTimeout: '1s',
      redis: client,
      onEvent: (event) => events.push(event),
      ...options,
    });
    const node = { cache, events, commands, journal };
    this.nodes.push(node);
    return node;
  }

  async stop(): Promise<void> {
    for (const { cache, commands, journal } of this.nodes) {
      await cache.close();
      await Promise.all([commands.close(), journal.close()]);
    }
    for (const client of this.clients) client.disconnect();
    await this.server.stop();
  }
}

/** How often a node has started to follow the journal. */
export function timesFollowed({ events }: FleetNode): number {
  return events.filter(({ type }) => type === 'journal-followed').length;
}
