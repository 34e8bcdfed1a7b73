import { isDemotion } from '../redis/client/manner.js';
import { withTimeout } from '../redis/command-timeout.js';
import type { Argument, Connection, OpenRedis } from '../redis/connection.js';
import { Script } from '../redis/script.js';

/** How many messages passed between this node and the others, since the adapter was made. */
export interface PublishingStats {
  /** Messages that Redis accepted. */
  readonly published: number;
  /** Messages that Redis refused or did not confirm: only the clients of this node got them for certain. */
  readonly lost: number;
  /** Messages that wait for Redis; `'streams'` only. */
  readonly waiting: number;
  /** Messages on the channel that could not be handled, from other nodes or from other programs. */
  readonly malformed: number;
}

/**
 * A replica accepts `PUBLISH` and delivers only to its own clients. It refuses scripts that may write: publishing by a script
 * detects a demoted server.
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

/** How often `CHECK` tests whether the server is a master, in milliseconds. */
const CHECK_INTERVAL = 1000;

/**
 * Stands in for the Redis client with which a Socket.IO adapter publishes. A message that Redis does not accept is dropped and
 * counted; it never fails its sender. The clients of this node get it in any case.
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
   * @param onDemotion called when the server has become a replica; the client replaces this connection by itself
   */
  constructor(redis: OpenRedis, timeout: number, onDemotion: () => void) {
    this.#redis = redis;
    this.#connection = redis.connection;
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

  /** Adapters count the listening nodes with it. */
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

  /** Adapters listen for errors of the client; a publisher emits none. */
  on(): void {}
  off(): void {}
  listenerCount(): number {
    return 0;
  }

  close(): void {
    clearInterval(this.#pulse);
  }

  async #count(command: string, args: readonly Argument[]): Promise<number> {
    const asked = this.#redis.masters().map((master) => master.call(command, ...args));
    const replies = await withTimeout(Promise.all(asked), this.#timeout, command);
    return replies.reduce<number>((sum, reply) => sum + Number((reply as readonly unknown[])[1]), 0);
  }

  #tell(command: string, sent: Promise<unknown>, channel: string, message: string | Buffer): Promise<unknown> {
    const told = sent
      .catch((error) => {
        // A master with too few replicas refuses scripts that may write; `PUBLISH` writes nothing.
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

  /** Not needed in a cluster, where a demoted server redirects. */
  #check(): void {
    const { status, isCluster } = this.#redis;
    if (!isCluster && status === 'ready') {
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
