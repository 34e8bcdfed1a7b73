import { LarderClearError, LarderRedisError } from '../../base/errors.js';
import type { Parts } from '../state/context.js';
import { ROOT_SLOT } from '../versions/slots.js';
import type { ClearTokens } from './clear-tokens.js';
import { MemoryClearTokens } from './memory-clear-tokens.js';

/** How long a token is good, in milliseconds. */
const TOKEN_LASTS = 60_000;

/** Forgets everything, in two steps, so that nobody does it by mistake. */
export class Clearing {
  readonly #parts: Parts;
  readonly #tokens: ClearTokens;
  /** Given out while Redis is away: good on this node. */
  readonly #own: MemoryClearTokens;
  readonly #newToken: () => string;

  /** @param newToken makes texts that nobody can guess */
  constructor(parts: Parts, tokens: ClearTokens, newToken: () => string) {
    this.#parts = parts;
    this.#tokens = tokens;
    this.#own = new MemoryClearTokens(parts.clock);
    this.#newToken = newToken;
  }

  async request(): Promise<{ token: string; expiresAt: Date }> {
    const token = this.#newToken();
    const expiresAt = new Date(this.#parts.clock.now() + TOKEN_LASTS);
    try {
      await this.#tokens.issue(token, TOKEN_LASTS);
    } catch (error) {
      if (!(error instanceof LarderRedisError)) throw error;
      await this.#own.issue(token, TOKEN_LASTS);
    }
    return { token, expiresAt };
  }

  /** @throws LarderClearError, if the token is not good; nothing is cleared then */
  async clear(token: string): Promise<{ delivered: boolean }> {
    const { diagnostics, journal, report, statistics, store } = this.#parts;
    if (typeof token !== 'string' || !(await this.#isGood(token))) {
      report({ type: 'clear-refused' });
      throw new LarderClearError();
    }
    const { delivered } = await journal.bump([ROOT_SLOT], diagnostics?.noteOfPath('*'));
    // No entry of before is served any more; this only gives the memory back.
    store.clear();
    statistics.invalidations++;
    report({ type: 'cleared', delivered });
    return { delivered };
  }

  async #isGood(token: string): Promise<boolean> {
    return (await this.#own.redeem(token)) || this.#tokens.redeem(token);
  }
}
