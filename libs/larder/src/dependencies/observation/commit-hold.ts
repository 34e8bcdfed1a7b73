import type { AsyncScope } from '../../base/async-scope.js';
import { type Settle, WriteBatch } from '../../cache/observed/writing.js';
import type { ConnectionState } from './connection-state.js';
import { type Callback, isSubmittable, type PgClient, type PgResult, type Submittable } from './driver/pg-parts.js';
import { callbackOf, type Given, withCallback } from './driver/statement.js';

interface Statement {
  readonly client: PgClient;
  readonly state: ConnectionState;
  /** `undefined` if it is not known. */
  readonly text: string | undefined;
}

/** A statement that may write, on its way. */
interface Sent extends Statement {
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
   * Sends a statement that may write, outside a load or inside one.
   *
   * @param send sends it with other arguments
   */
  around(statement: Statement, given: Given, send: (given: Given) => unknown): unknown {
    const sent = { ...statement, batch: WriteBatch.current };
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

  /** A statement of a pool that may write. The pool may report a lost connection before the client has reported it to its caller. */
  aroundPool(given: Given, send: (given: Given) => unknown): unknown {
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
    { client, state, text, batch }: Sent,
    commands: readonly (string | null)[],
    error: unknown,
  ): Promise<void> | undefined {
    const isInTransaction = state.transaction !== undefined && !hasLostConnection(error);
    const hasFailed = Boolean(error);
    if (!state.pendingWrite.isCommittedBy({ text, commands, hasFailed, isInTransaction })) return undefined;
    const waiting = this.#wait(batch);
    if (waiting === undefined) return undefined;
    // The application's code does not have its client back: a connection that is lost now must not end the process.
    client.on('error', ignore);
    return waiting.then(() => void client.off('error', ignore));
  }

  /** @returns `undefined` if the work around it waits */
  #wait(batch: WriteBatch | undefined): Promise<void> | undefined {
    return batch?.add(this.settle) ? undefined : this.settle();
  }
}

function ignore(): void {}

/** Whether it is not known what the server has done: it did not answer, or ended the session. */
function hasLostConnection(error: unknown): boolean {
  if (!error) return false;
  const { severity } = error as { readonly severity?: unknown };
  return severity !== 'ERROR';
}
