import type { Namespace } from 'socket.io';
import type { Adapter } from 'socket.io-adapter';
import { LarderOptionsError } from '../base/errors.js';
import type { RedisAddress } from '../redis/address.js';
import { openRedis } from '../redis/connect.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { Listener } from '../redis/subscriber.js';
import { Publisher, type PublishingStats } from './publisher.js';

/** How events reach the sockets of other nodes. */
export type AdapterKind = 'classic' | 'sharded' | 'streams';

/** What joins the sockets of all nodes: adapters for namespaces, on connections of their own. */
export interface NodeLink {
  adapter(namespace: Namespace): Adapter;
  stats(): PublishingStats;
  close(): Promise<void>;
}

type MakeAdapter = (namespace: Namespace) => Adapter;

/** How long a request to the other nodes (`fetchSockets`, for one) may take, in milliseconds. */
const REQUESTS_TIMEOUT = 2000;
/** Milliseconds after which a connection that answers nothing is replaced. */
const SILENCE = 3000;

/**
 * Links this node to the others through Redis. Resolves whether or not Redis can be reached.
 *
 * @throws LarderOptionsError if the package of the adapter cannot be loaded
 */
export async function linkNodes(kind: AdapterKind, redis: SharedRedis & { address: RedisAddress }): Promise<NodeLink> {
  return kind === 'streams' ? linkByStream(redis) : linkByPubSub(kind, redis);
}

async function linkByPubSub(
  kind: 'classic' | 'sharded',
  { address, deadline, prefix }: SharedRedis & { address: RedisAddress },
): Promise<NodeLink> {
  const { createAdapter, createShardedAdapter } = await load(
    '@socket.io/redis-adapter',
    () => import('@socket.io/redis-adapter'),
  );
  const redis = await openRedis(address, SILENCE);
  const publisher = new Publisher(redis, deadline);
  const listener = await Listener.open(address, deadline);
  const make: MakeAdapter =
    kind === 'classic'
      ? createAdapter(publisher, listener.client, { key: `${prefix}:sockets`, requestsTimeout: REQUESTS_TIMEOUT })
      : createShardedAdapter(publisher, listener.client, { channelPrefix: `${prefix}:sockets` });
  return linkOf(
    make,
    () => publisher.stats,
    () => {
      listener.close();
      redis.close();
    },
  );
}

async function linkByStream({ address, deadline, prefix }: SharedRedis & { address: RedisAddress }): Promise<NodeLink> {
  const { createAdapter } = await load(
    '@socket.io/redis-streams-adapter',
    () => import('@socket.io/redis-streams-adapter'),
  );
  const listener = await Listener.open(address, deadline, { isPatient: false, protocol: 2 });
  const make = createAdapter(listener.client, {
    streamName: `${prefix}:sockets`,
    channelPrefix: `${prefix}:sockets`,
    sessionKeyPrefix: `${prefix}:socket:`,
    blockTimeInMs: 1000,
  }) as MakeAdapter;
  return linkOf(
    make,
    () => listener.stats,
    () => listener.close(),
  );
}

function linkOf(make: MakeAdapter, stats: () => PublishingStats, close: () => void): NodeLink {
  const adapters: Adapter[] = [];
  return {
    adapter: (namespace) => {
      const adapter = make(namespace);
      adapters.push(adapter);
      return adapter;
    },
    stats,
    close: async () => {
      // Some of them read until they are told to stop, whether or not their server was closed.
      await Promise.all(adapters.map((adapter) => adapter.close()));
      close();
    },
  };
}

async function load<Package>(name: string, load: () => Promise<Package>): Promise<Package> {
  try {
    return await load();
  } catch (error) {
    throw new LarderOptionsError([`The package ${name} cannot be loaded (${error}); install it`]);
  }
}
