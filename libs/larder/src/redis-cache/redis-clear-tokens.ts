import type { ClearTokens } from '../cache/writes/clear-tokens.js';
import type { Connection } from '../redis/connection.js';
import { clearTokenKey } from './redis-keys.js';

/** Clear tokens as keys with a TTL: a token issued by one node can be redeemed on another. */
export class RedisClearTokens implements ClearTokens {
  readonly #connection: Connection;
  readonly #prefix: string;

  /** @param prefix of every name in Redis */
  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async issue(token: string, ttl: number): Promise<void> {
    await this.#connection.call('SET', clearTokenKey(this.#prefix, token), '1', 'PX', ttl);
  }

  async redeem(token: string): Promise<boolean> {
    return (await this.#connection.call('DEL', clearTokenKey(this.#prefix, token))) === 1;
  }
}
