import type { AsyncScope } from '../../base/async-scope.js';
import { type Settle, WriteBatch } from '../../cache/state/writing.js';
import type { ConnectionState } from '../observation/connection-state.js';
import { type Callback, isSubmittable, type PgResult, type Submittable } from '../observation/driver/pg-parts.js';
import { callbackOf, type Given, namedText, withCallback } from '../observation/driver/statement.js';
import { isPlainRead } from './plain-read.js';

/** A statement that may write, on its way. */
interface Sent {
  readonly state: ConnectionState;
  readonly text: string | undefined;
  /** The work that waits at its end for what it commits. */
  readonly batch: WriteBatch | undefined;
}

/** Holds back the result of a statement that may have committed a write, until the write is delivered. */
export class CommitHold {
  constructor(
    private readonly scope: AsyncScope<object>,
    private readonly settle: Settle,
  ) {}

  /**
   * Sends a statement outside a load or inside one.
   *
   * @param text `undefined` if it is not known
   * @param send sends it with other arguments
   */
  around(state: ConnectionState, text: string | undefined, given: Given, send: (given: Given) => unknown): unknown {
    if (text !== undefined && isPlainRead(text)) return send(given);
    const sent = { state, text, batch: WriteBatch.current };
    const [config] = given;
    if (isSubmittable(config)) {
      this.#holdReady(config, sent);
      return send(given);
    }
    const callback = callbackOf(given);
    if (callback !== undefined) {
      const held = this.#after(callback, (error, result) => this.#held(sent, error, result));
      return send(withCallback(given, held));
    }
    return (send(given) as Promise<PgResult>).then(
      async (result) => {
        await this.#held(sent, undefined, result);
        return result;
      },
      async (error) => {
        await this.#held(sent, error);
        throw error;
      },
    );
  }

  /** A statement of a pool, which may report a lost connection before the client has reported it to its caller. */
  aroundPool(given: Given, send: (given: Given) => unknown): unknown {
    const { text } = namedText(given[0]);
    if (text !== undefined && isPlainRead(text)) return send(given);
    const batch = WriteBatch.current;
    const heldBy = (error: unknown) => (hasLostConnection(error) ? this.#wait(batch) : undefined);
    const callback = callbackOf(given);
    if (callback !== undefined) return send(withCallback(given, this.#after(callback, heldBy)));
    return (send(given) as Promise<unknown>).catch(async (error: unknown) => {
      await heldBy(error);
      throw error;
    });
  }

  #after(callback: Callback, heldBy: (error: unknown, result?: PgResult) => Promise<void> | undefined): Callback {
    const bound = this.scope.bind(callback);
    return (error, result, ...rest) => {
      const held = heldBy(error, result as PgResult | undefined);
      if (held === undefined) return callback(error, result, ...rest);
      void held.then(() => bound(error, result, ...rest));
      return undefined;
    };
  }

  /** Of a query that handles the messages of the server itself, such as `COPY` as a stream. */
  #holdReady(query: Submittable, sent: Sent): void {
    const commands: string[] = [];
    const { handleReadyForQuery: ready, handleCommandComplete: complete } = query;
    if (typeof ready !== 'function') return;
    query.handleReadyForQuery = (...given: unknown[]) => {
      const held = this.#heldAfter(sent, commands, undefined);
      if (held === undefined) return ready.apply(query, given);
      void held.then(() => ready.apply(query, given));
      return undefined;
    };
    if (typeof complete !== 'function') return;
    query.handleCommandComplete = (message: { readonly text?: string }, ...given: unknown[]) => {
      commands.push(/^[A-Z]*/.exec(message.text ?? '')?.[0] ?? '');
      return complete.call(query, message, ...given);
    };
  }

  #held(sent: Sent, error: unknown, result?: PgResult): Promise<void> | undefined {
    const results = result === undefined || result === null ? [] : ([result].flat() as PgResult[]);
    return this.#heldAfter(
      sent,
      results.map(({ command }) => command),
      error,
    );
  }

  /** @returns `undefined` if nothing has to be waited for here */
  #heldAfter(
    { state, text, batch }: Sent,
    commands: readonly (string | null)[],
    error: unknown,
  ): Promise<void> | undefined {
    const isInTransaction = state.transaction !== undefined && !hasLostConnection(error);
    const hasFailed = Boolean(error);
    if (!state.pendingWrite.isCommittedBy({ text, commands, hasFailed, isInTransaction })) return undefined;
    return this.#wait(batch);
  }

  /** @returns `undefined` if the work around it waits */
  #wait(batch: WriteBatch | undefined): Promise<void> | undefined {
    return batch?.add(this.settle) ? undefined : this.settle();
  }
}

/** Whether it is not known what the server has done: it did not answer, or ended the session. */
function hasLostConnection(error: unknown): boolean {
  if (!error) return false;
  const { severity } = error as { readonly severity?: unknown };
  return severity !== 'ERROR';
}
