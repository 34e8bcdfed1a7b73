import { isDemotion } from '../redis/client/manner.js';
import { withTimeout } from '../redis/command-timeout.js';
import { connectionOf, type OpenRedis } from '../redis/connect.js';
import type { Argument, Connection } from '../redis/connection.js';
import { Script } from '../redis/script.js';

/** How many messages a node could not pass on to the others, or they to it. */
export interface PublishingStats {
  /** Messages that Redis took. */
  readonly published: number;
  /** Messages that Redis did not take, or did not say that it took: the clients of this node alone got them. */
  readonly lost: number;
  /** Messages that wait for Redis; `'streams'` only. */
  readonly waiting: number;
  /** Messages from other nodes, or from strangers, that could not be handled. */
  readonly malformed: number;
}

/**
 * A replica publishes to nobody but its own clients, and says that all is well. It refuses scripts that may write, so a
 * server that was demoted is noticed.
 */
const PUBLISH = new Script(`#!lua flags=allow-oom
return redis.call('PUBLISH', ARGV[1], ARGV[2])
`);
const SPUBLISH = new Script(`#!lua flags=allow-oom
return redis.call('SPUBLISH', KEYS[1], ARGV[1])
`);
const CHECK = new Script(`#!lua flags=allow-oom
return 1
`);

/** How often the server is asked whether it is a master, in milliseconds. */
const CHECK_INTERVAL = 1000;

/**
 * What an adapter of Socket.IO publishes with, in place of a client. A message that Redis does not take is given up and
 * counted: this node has delivered it, and it never delays or fails its sender.
 */
export class Publisher {
  readonly #redis: OpenRedis;
  readonly #connection: Connection;
  readonly #timeout: number;
  readonly #onDemotion: () => void;
  readonly #pulse: NodeJS.Timeout;
  #published = 0;
  #lost = 0;

  /**
   * @param timeout milliseconds that a sender waits for Redis before clients of this node are served
   * @param onDemotion called when the server turns out to be a replica; the connection is replaced by itself
   */
  constructor(redis: OpenRedis, timeout: number, onDemotion: () => void) {
    this.#redis = redis;
    this.#connection = connectionOf(redis.client);
    this.#timeout = timeout;
    this.#onDemotion = onDemotion;
    this.#pulse = setInterval(() => this.#check(), CHECK_INTERVAL).unref();
  }

  get stats(): Pick<PublishingStats, 'published' | 'lost'> {
    return { published: this.#published, lost: this.#lost };
  }

  publish(channel: string, message: string | Buffer): Promise<unknown> {
    return this.#tell('PUBLISH', PUBLISH.run(this.#connection, [], [channel, message]), channel, message);
  }

  spublish(channel: string, message: string | Buffer): Promise<unknown> {
    return this.#tell('SPUBLISH', SPUBLISH.run(this.#connection, [channel], [message]), channel, message);
  }

  /** How the adapters count the nodes that listen. */
  send_command(
    command: string,
    args: readonly Argument[],
    callback: (error: unknown, reply?: readonly [string, number]) => void,
  ): void {
    this.#count(command, args).then(
      (count) => callback(null, [String(args[1]), count]),
      (error) => callback(error),
    );
  }

  /** Adapters look after the errors of a client; here there are none. */
  on(): void {}
  off(): void {}
  listenerCount(): number {
    return 0;
  }

  close(): void {
    clearInterval(this.#pulse);
  }

  async #count(command: string, args: readonly Argument[]): Promise<number> {
    const asked = this.#redis.masters().map((master) => connectionOf(master).call(command, ...args));
    const replies = await withTimeout(Promise.all(asked), this.#timeout, command);
    return replies.reduce<number>((sum, reply) => sum + Number((reply as readonly unknown[])[1]), 0);
  }

  #tell(command: string, sent: Promise<unknown>, channel: string, message: string | Buffer): Promise<unknown> {
    const told = sent
      .catch((error) => {
        // Too few replicas keep a master from writing; publishing writes nothing.
        if (isReply(error, 'NOREPLICAS')) return this.#connection.call(command, channel, message);
        throw error;
      })
      .then(
        () => void this.#published++,
        (error) => {
          this.#lost++;
          this.#note(error);
        },
      );
    return withTimeout(told, this.#timeout, command).catch(() => {});
  }

  /** In a cluster a server that was demoted redirects. */
  #check(): void {
    const { client, isCluster } = this.#redis;
    if (!isCluster && client.status === 'ready') {
      CHECK.run(this.#connection, [], []).catch((error) => this.#note(error));
    }
  }

  #note(error: unknown): void {
    if (isDemotion(error)) this.#onDemotion();
  }
}

function isReply(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}
