import type { RedisAddress } from '../../redis/address.js';
import { connected, openRedis } from '../../redis/connect.js';
import type { Argument, Connection } from '../../redis/connection.js';
import { RedisClient } from '../../redis/redis-client.js';

/** How long the first command waits for the connection, in milliseconds. */
const CONNECT_TIMEOUT = 2000;

/** A connection that opens with its first command: most processes never get an action. */
export class OwnRedis implements Connection {
  readonly #address: RedisAddress;
  readonly #timeout: number;
  #client: Promise<RedisClient> | undefined;

  /** @param timeout of a command, in milliseconds */
  constructor(address: RedisAddress, timeout: number) {
    this.#address = address;
    this.#timeout = timeout;
  }

  async call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    this.#client ??= this.#open().catch((error) => {
      // The next command tries again.
      this.#client = undefined;
      throw error;
    });
    return (await this.#client).call(command, ...args);
  }

  close(): void {
    void this.#client?.then(
      (client) => client.close(),
      () => {},
    );
  }

  async #open(): Promise<RedisClient> {
    const client = new RedisClient(await openRedis(this.#address, Math.max(1000, 4 * this.#timeout)), this.#timeout);
    await connected(client, CONNECT_TIMEOUT);
    return client;
  }
}
