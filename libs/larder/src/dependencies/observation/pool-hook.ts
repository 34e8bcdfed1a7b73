import type { AsyncScope } from '../../base/async-scope.js';
import type { ClientHook } from './client-hook.js';
import type { CommitHold } from './commit-hold.js';
import type { Callback, PgClient, PgPool } from './driver/pg-parts.js';
import type { Given } from './driver/statement.js';
import type { ObservedLoad } from './observed-load.js';

type Connect = (...given: unknown[]) => unknown;

/** What happens around `Pool.prototype.connect`. */
export class PoolHook {
  constructor(
    private readonly scope: AsyncScope<ObservedLoad>,
    private readonly clients: ClientHook,
    private readonly commits: CommitHold | undefined,
  ) {}

  query(pool: PgPool, original: Connect, given: Given): unknown {
    if (this.commits === undefined) return original.apply(pool, given);
    return this.commits.aroundPool(given, (held) => original.apply(pool, held));
  }

  connect(pool: PgPool, original: Connect, given: unknown[]): unknown {
    const load = this.scope.current;
    const end = load?.await();
    const settled = (error: unknown, client?: PgClient) => {
      end?.();
      // Rule 4: a query that could not be sent counts as one that failed.
      if (error) load?.refuse('a connection to PostgreSQL failed');
      const state = client && this.clients.stateOf(client);
      if (state !== undefined) state.pool = pool;
    };
    const [callback] = given;
    if (typeof callback !== 'function') {
      const result = original.apply(pool, given);
      (result as Promise<PgClient>).then((client) => settled(undefined, client), settled);
      return result;
    }
    // Rule 1: the pool calls back where another load gives its connection back.
    const bound = this.scope.bind((error: unknown, client: PgClient, ...rest: unknown[]) => {
      const given = () => {
        settled(error, client);
        return (callback as Callback)(error, client, ...rest);
      };
      if (load === undefined) return given();
      // Within this turn a new connection queues its queries, and pg warns of a second one in the queue: the facts come first.
      queueMicrotask(given);
    });
    return original.call(pool, bound);
  }

  /** `acquire` of the pools of ORMs: it returns a promise, or tarn's operation with one. */
  acquire(pool: object, original: Connect, given: unknown[]): unknown {
    const end = this.scope.current?.await();
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
