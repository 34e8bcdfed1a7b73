import { LarderClearError, LarderRedisError } from '../../base/errors.js';
import type { CacheContext } from '../state/context.js';
import type { ClearTokens } from './clear-tokens.js';
import { MemoryClearTokens } from './memory-clear-tokens.js';
import type { Writer } from './writer.js';

/** The lifetime of a token, in milliseconds. */
const TOKEN_TTL = 60_000;

/** Removes everything, in two steps, to prevent accidents. */
export class Clearing {
  readonly #context: CacheContext;
  readonly #writer: Writer;
  readonly #tokens: ClearTokens;
  /** Issued while Redis is away: valid on this node only. */
  readonly #own: MemoryClearTokens;
  readonly #newToken: () => string;

  /** @param newToken makes an unguessable text */
  constructor(context: CacheContext, writer: Writer, tokens: ClearTokens, newToken: () => string) {
    this.#context = context;
    this.#writer = writer;
    this.#tokens = tokens;
    this.#own = new MemoryClearTokens(context.clock);
    this.#newToken = newToken;
  }

  async request(): Promise<{ token: string; expiresAt: Date }> {
    const token = this.#newToken();
    const expiresAt = new Date(this.#context.clock.now() + TOKEN_TTL);
    try {
      await this.#tokens.issue(token, TOKEN_TTL);
    } catch (error) {
      if (!(error instanceof LarderRedisError)) throw error;
      await this.#own.issue(token, TOKEN_TTL);
    }
    return { token, expiresAt };
  }

  /** @throws LarderClearError if the token is invalid; then nothing is cleared */
  async clear(token: string): Promise<{ delivered: boolean }> {
    const { report, store } = this.#context;
    if (typeof token !== 'string' || !(await this.#isGood(token))) {
      report({ type: 'clear-refused' });
      throw new LarderClearError();
    }
    const { delivered } = await this.#writer.invalidateEverything();
    // No stored entry is served any more; this only frees the memory.
    store.clear();
    report({ type: 'cleared', delivered });
    return { delivered };
  }

  async #isGood(token: string): Promise<boolean> {
    return (await this.#own.redeem(token)) || this.#tokens.redeem(token);
  }
}
