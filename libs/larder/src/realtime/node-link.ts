import type { Namespace } from 'socket.io';
import type { Adapter } from 'socket.io-adapter';
import { SystemClock } from '../base/clock.js';
import { loadOptional } from '../base/package/optional-package.js';
import { databaseOf, type RedisAddress } from '../redis/address.js';
import { type OpenIoredis, openIoredis } from '../redis/client/ioredis.js';
import { withTimeout } from '../redis/command-timeout.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { catchRejections, guarded, replace, Subscriber } from '../redis/subscriber.js';
import { Outbox, type OutboxBounds } from './outbox.js';
import { Publisher, type PublishingStats } from './publisher.js';

/** How events reach the sockets of other nodes. */
export type AdapterKind = 'classic' | 'sharded' | 'streams';

/** Connects the sockets of all nodes: makes an adapter per namespace, on Redis connections of its own. */
export interface NodeLink {
  adapter(namespace: Namespace): Adapter;
  stats(): PublishingStats;
  close(): Promise<void>;
}

type MakeAdapter = (namespace: Namespace) => Adapter;
type Shared = SharedRedis & { address: RedisAddress };

/** How long a request to the other nodes (`fetchSockets`, for one) may take, in milliseconds. */
const REQUESTS_TIMEOUT = 2000;
/** Milliseconds without a reply after which a connection is replaced. */
const IDLE_TIMEOUT = 3000;
/** How long closing waits for the adapters, in milliseconds. */
const CLOSE_TIMEOUT = 1000;

/**
 * Links this node to the others through Redis. Resolves whether or not Redis can be reached.
 *
 * @throws LarderOptionsError if the package of the adapter cannot be loaded
 */
export async function linkNodes(kind: AdapterKind, redis: Shared, bounds: OutboxBounds): Promise<NodeLink> {
  return kind === 'streams' ? linkByStream(redis, bounds) : linkByPubSub(kind, redis);
}

async function linkByPubSub(kind: 'classic' | 'sharded', shared: Shared): Promise<NodeLink> {
  const { address, timeout } = shared;
  const { createAdapter, createShardedAdapter } = await loadOptional(
    `The adapter '${kind}'`,
    '@socket.io/redis-adapter',
    () => import('@socket.io/redis-adapter'),
  );
  const failures = new MessageFailures();
  const redis = await openIoredis(address, IDLE_TIMEOUT);
  const subscriber = await Subscriber.open(address, failures.add);
  const publisher = new Publisher(redis, timeout, () => subscriber.reconnect());
  const make: MakeAdapter =
    kind === 'classic'
      ? createAdapter(publisher, subscriber.client, { key: channelOf(shared), requestsTimeout: REQUESTS_TIMEOUT })
      : createShardedAdapter(publisher, subscriber.client, { channelPrefix: channelOf(shared) });
  return linkOf(
    make,
    failures,
    () => ({ ...publisher.stats, waiting: 0 }),
    () => {
      publisher.close();
      subscriber.close();
      redis.close();
    },
  );
}

async function linkByStream(shared: Shared, bounds: OutboxBounds): Promise<NodeLink> {
  const { address, timeout, prefix } = shared;
  const { createAdapter } = await loadOptional(
    "The adapter 'streams'",
    '@socket.io/redis-streams-adapter',
    () => import('@socket.io/redis-streams-adapter'),
  );
  const failures = new MessageFailures();
  const redis = await openIoredis(address, IDLE_TIMEOUT, 2);
  const listeners: Subscriber[] = [];
  const publisher = new Publisher(redis, timeout, () => {
    for (const subscriber of listeners) subscriber.reconnect();
  });
  const outbox = serveStreams(redis, { publisher, timeout, bounds }, () => {
    const subscriber = Subscriber.besides(redis.client, failures.add);
    listeners.push(subscriber);
    return subscriber;
  });
  const make = createAdapter(redis.client, {
    streamName: `${prefix}:sockets`,
    channelPrefix: channelOf(shared),
    sessionKeyPrefix: `${prefix}:socket:`,
    blockTimeInMs: 1000,
  }) as MakeAdapter;
  const stats = () => {
    const [sent, stored] = [publisher.stats, outbox.stats];
    const { waiting } = stored;
    return { published: sent.published + stored.published, lost: sent.lost + stored.lost, waiting };
  };
  return linkOf(make, failures, stats, () => {
    publisher.close();
    outbox.close();
    for (const subscriber of listeners) subscriber.close();
    redis.close();
  });
}

/** Redis channels are not separated by database, therefore the name contains it. */
function channelOf({ address, prefix }: Shared): string {
  const database = databaseOf(address);
  return database === 0 ? `${prefix}:sockets` : `${prefix}:sockets:${database}`;
}

/** Sends the adapter's calls of the client through the outbox and the publisher; `duplicate` gives it a listener. */
function serveStreams(
  { client }: OpenIoredis,
  { publisher, timeout, bounds }: { publisher: Publisher; timeout: number; bounds: OutboxBounds },
  listen: () => Subscriber,
): Outbox {
  const xadd = (client.xadd as (...args: unknown[]) => Promise<unknown>).bind(client);
  const outbox = new Outbox({
    send: (args) => xadd(...args),
    isReady: () => client.status === 'ready',
    clock: new SystemClock(),
    bounds,
  });
  client.on('ready', () => outbox.flush());
  catchRejections(client);
  replace(
    client,
    'xadd',
    () =>
      (...args) =>
        ignored(withTimeout(outbox.add(args), timeout, 'XADD')),
  );
  replace(client, 'publish', () => (channel, message) => publisher.publish(String(channel), message as Buffer));
  replace(client, 'spublish', () => (channel, message) => publisher.spublish(String(channel), message as Buffer));
  (client as { duplicate: () => unknown }).duplicate = () => listen().client;
  return outbox;
}

/** The same promise; its rejection causes no `unhandledRejection`. */
function ignored<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Counts what handlers of messages throw: a malformed message ends neither the process nor the reading. */
class MessageFailures {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  readonly add = (error: unknown): void => {
    this.#count++;
    if (this.#count > 1) return;
    const problem = `Dropped a malformed Socket.IO message from Redis: ${error}`;
    process.emitWarning(`${problem}. RedisIoAdapter.stats.malformed counts further ones.`, 'LarderWarning');
  };
}

/** Handlers that adapters call after they return from the client's own handler: errors in them need a guard too. */
const HANDLERS = ['onMessage', 'onResponse'] as const;

function guardAdapter(adapter: Adapter, onFailure: (error: unknown) => void): Adapter {
  const methods = adapter as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;
  for (const name of HANDLERS) {
    const handler = methods[name];
    if (handler !== undefined) methods[name] = guarded(handler.bind(adapter), onFailure);
  }
  return adapter;
}

function linkOf(
  make: MakeAdapter,
  failures: MessageFailures,
  sent: () => Omit<PublishingStats, 'malformed'>,
  close: () => void,
): NodeLink {
  const adapters: Adapter[] = [];
  return {
    adapter: (namespace) => {
      const adapter = guardAdapter(make(namespace), failures.add);
      adapters.push(adapter);
      return adapter;
    },
    stats: () => ({ ...sent(), malformed: failures.count }),
    close: async () => {
      // The streams adapter reads until `close`, even after its server has closed.
      const closing = Promise.all(adapters.map((adapter) => adapter.close()));
      await withTimeout(closing, CLOSE_TIMEOUT, 'Closing').catch(() => {});
      close();
    },
  };
}
