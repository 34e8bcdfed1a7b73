import { withDeadline } from '../redis/command-timeout.js';
import { connectionOf, type OpenRedis } from '../redis/connect.js';
import type { Argument } from '../redis/connection.js';

/** How many messages a node could not pass on to the others. */
export interface PublishingStats {
  readonly published: number;
  readonly lost: number;
}

/**
 * What an adapter of Socket.IO publishes with, in place of a client. A message that Redis does not take is given up and
 * counted: it was delivered on this node, and nobody may have to wait for it or die of it. One that it takes late is late.
 */
export class Publisher {
  readonly #redis: OpenRedis;
  readonly #deadline: number;
  #published = 0;
  #lost = 0;

  /** @param deadline milliseconds that somebody may have to wait for Redis before clients of this node are served */
  constructor(redis: OpenRedis, deadline: number) {
    this.#redis = redis;
    this.#deadline = deadline;
  }

  get stats(): PublishingStats {
    return { published: this.#published, lost: this.#lost };
  }

  publish(channel: string, message: string | Buffer): Promise<unknown> {
    return this.#tell('PUBLISH', channel, message);
  }

  spublish(channel: string, message: string | Buffer): Promise<unknown> {
    return this.#tell('SPUBLISH', channel, message);
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

  async #count(command: string, args: readonly Argument[]): Promise<number> {
    const asked = this.#redis.masters().map((master) => connectionOf(master).call(command, ...args));
    const replies = await withDeadline(Promise.all(asked), this.#deadline, command);
    return replies.reduce<number>((sum, reply) => sum + Number((reply as readonly unknown[])[1]), 0);
  }

  #tell(command: string, channel: string, message: string | Buffer): Promise<unknown> {
    const told = connectionOf(this.#redis.client)
      .call(command, channel, message)
      .then(
        () => void this.#published++,
        () => void this.#lost++,
      );
    return withDeadline(told, this.#deadline, command).catch(() => {});
  }
}
