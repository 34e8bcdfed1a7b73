import type { ClearTokens } from '../cache/writes/clear-tokens.js';
import type { Connection } from '../redis/connection.js';
import { clearTokenKey } from './redis-keys.js';

/** Tokens that any node may have given out, as keys with a short life. */
export class RedisClearTokens implements ClearTokens {
  readonly #connection: Connection;
  readonly #prefix: string;

  /** @param prefix first part of every name */
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
