import type { Clock } from '../../base/clock.js';
import type { ClearTokens } from './clear-tokens.js';

/** Tokens issued by this process. */
export class MemoryClearTokens implements ClearTokens {
  readonly #clock: Clock;
  readonly #expiresAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async issue(token: string, ttl: number): Promise<void> {
    const now = this.#clock.elapsed();
    for (const [old, expiresAt] of this.#expiresAt) if (expiresAt <= now) this.#expiresAt.delete(old);
    this.#expiresAt.set(token, now + ttl);
  }

  async redeem(token: string): Promise<boolean> {
    const expiresAt = this.#expiresAt.get(token);
    this.#expiresAt.delete(token);
    return expiresAt !== undefined && this.#clock.elapsed() < expiresAt;
  }
}
