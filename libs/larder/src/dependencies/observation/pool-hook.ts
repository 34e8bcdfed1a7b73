import type { AsyncScope } from '../../base/async-scope.js';
import type { ClientHook } from './client-hook.js';
import type { CommitHold } from './commit-hold.js';
import type { ConnectionState } from './connection-state.js';
import type { Callback, PgClient, PgPool } from './driver/pg-parts.js';
import { type Given, namedText } from './driver/statement.js';
import type { KnownTexts } from './known-texts.js';
import type { ObservedLoad } from './observed-load.js';

type Connect = (...given: unknown[]) => unknown;

/** What happens around `Pool.prototype.connect`. */
export class PoolHook {
  constructor(
    private readonly scope: AsyncScope<ObservedLoad>,
    private readonly clients: ClientHook,
    private readonly commits: CommitHold | undefined,
    private readonly texts: KnownTexts,
  ) {}

  query(pool: PgPool, original: Connect, given: Given): unknown {
    if (this.commits === undefined || this.#isPlainRead(given)) return original.apply(pool, given);
    return this.commits.aroundPool(given, (held) => original.apply(pool, held));
  }

  #isPlainRead([config]: Given): boolean {
    const { text } = namedText(config);
    return text !== undefined && this.texts.of(text).isPlainRead;
  }

  connect(pool: PgPool, original: Connect, given: unknown[]): unknown {
    const load = this.scope.current;
    load?.await();
    const [callback] = given;
    if (typeof callback !== 'function') {
      const result = original.apply(pool, given);
      (result as Promise<PgClient>).then(
        (client) => this.#connected(pool, load, undefined, this.clients.stateOf(client)),
        (error) => this.#connected(pool, load, error, undefined),
      );
      return result;
    }
    // Rule 1: the pool calls back where another load gives its connection back.
    const bound = this.scope.bind((error: unknown, client: PgClient | undefined, ...rest: unknown[]) => {
      const state = client && this.clients.stateOf(client);
      const connected = () => {
        this.#connected(pool, load, error, state);
        return (callback as Callback)(error, client, ...rest);
      };
      if (load === undefined || state?.asked !== undefined) return connected();
      // Within this turn a new connection queues its queries, and pg warns of a second one in the queue: the facts come first.
      queueMicrotask(connected);
      return undefined;
    });
    return original.call(pool, bound);
  }

  #connected(pool: PgPool, load: ObservedLoad | undefined, error: unknown, state: ConnectionState | undefined): void {
    load?.endAwait();
    // Rule 4: a query that could not be sent counts as one that failed.
    if (error) load?.refuse('a connection to PostgreSQL failed');
    if (state !== undefined) state.pool = pool;
  }

  /** `acquire` of the pools of ORMs: it returns a promise, or tarn's operation with one. */
  acquire(pool: object, original: Connect, given: unknown[]): unknown {
    const load = this.scope.current;
    load?.await();
    const end = load && (() => load.endAwait());
    try {
      const result = original.apply(pool, given);
      if (end !== undefined) void Promise.resolve((result as { promise?: unknown }).promise ?? result).then(end, end);
      return result;
    } catch (error) {
      end?.();
      throw error;
    }
  }
}
