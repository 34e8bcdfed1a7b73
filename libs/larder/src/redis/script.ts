import { createHash } from 'node:crypto';
import type { Argument, Connection } from './connection.js';

/** A step in Redis that nothing can come between. Sent by its digest, and with its text to a server that does not know it. */
export class Script {
  readonly #text: string;
  readonly #sha: string;

  constructor(text: string) {
    this.#text = text;
    this.#sha = createHash('sha1').update(text).digest('hex');
  }

  /** @param whenUnknown what it is given instead of `args` where the server has to be sent its text */
  async run(
    connection: Connection,
    keys: readonly string[],
    args: readonly Argument[],
    whenUnknown: readonly Argument[] = args,
  ): Promise<unknown> {
    try {
      return await connection.call('EVALSHA', this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.send(connection, keys, whenUnknown);
    }
  }

  /** With its text, whether or not the server knows it. */
  async send(connection: Connection, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return connection.call('EVAL', this.#text, keys.length, ...keys, ...args);
  }
}

/**
 * Lua that scripts begin with: `heal(key, kind)` deletes a key that holds another kind of value. Larder did not write that, and
 * every command on it would fail. Answers whether there was one.
 */
export const HEAL = `
local function heal(key, kind)
  local found = redis.call('TYPE', key).ok
  if found == kind or found == 'none' then return false end
  redis.call('DEL', key)
  return true
end
`;
