import { createHash } from 'node:crypto';
import type { Argument, Connection } from './connection.js';

/** A Lua script. Sent by its digest, and with its text if the server does not know it. */
export class Script {
  readonly #text: string;
  readonly #sha: string;

  constructor(text: string) {
    this.#text = text;
    this.#sha = createHash('sha1').update(text).digest('hex');
  }

  /** @param whenUnknown the arguments in place of `args` if the text has to be sent */
  run(
    connection: Connection,
    keys: readonly string[],
    args: readonly Argument[],
    whenUnknown: () => readonly Argument[] = () => args,
  ): Promise<unknown> {
    return connection.call('EVALSHA', this.#sha, keys.length, ...keys, ...args).catch((error) => {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.send(connection, keys, whenUnknown());
    });
  }

  /** Sends the text, also if the server knows the script. */
  async send(connection: Connection, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return connection.call('EVAL', this.#text, keys.length, ...keys, ...args);
  }
}

/**
 * Lua at the beginning of scripts: `heal(key, kind)` deletes a key of another type, on which every command would fail. Returns
 * whether it deleted one.
 */
export const HEAL = `
local function heal(key, kind)
  local found = redis.call('TYPE', key).ok
  if found == kind or found == 'none' then return false end
  redis.call('DEL', key)
  return true
end
`;
