import { AsyncScope } from '../../base/async-scope.js';
import { demandFunction } from '../../base/suggestion.js';

/** Waits until what was committed before the call is delivered to all caches. Never rejects. */
export type Settle = () => Promise<void>;

/** The commits of some work that are not delivered yet, as far as it knows. */
export class WriteBatch {
  static readonly #scope = new AsyncScope<WriteBatch>();
  /** How many batches have commits to wait for. */
  static #pending = 0;

  /** Whether the work is running. */
  isOpen = true;
  readonly #settles = new Set<Settle>();
  #commits = 0;
  /** How many of them were waited for. */
  #settled = 0;

  /** The batch of the work that makes this call, if that has not ended. */
  static get current(): WriteBatch | undefined {
    const batch = WriteBatch.#scope.current;
    return batch?.isOpen ? batch : undefined;
  }

  /** The batch around this call, if it has commits to wait for. */
  static get unsettled(): WriteBatch | undefined {
    if (WriteBatch.#pending === 0) return undefined;
    const batch = WriteBatch.#scope.current;
    return batch !== undefined && batch.#settled < batch.#commits ? batch : undefined;
  }

  static async run<T>(work: () => T | PromiseLike<T>): Promise<T> {
    const outer = WriteBatch.current;
    if (outer !== undefined) {
      try {
        return await work();
      } finally {
        await outer.settle();
      }
    }
    const batch = new WriteBatch();
    try {
      return await WriteBatch.#scope.enter(batch, async () => await work());
    } finally {
      batch.isOpen = false;
      await batch.settle();
      WriteBatch.#scope.leave();
    }
  }

  /** Notes a commit, and how to wait for it. @returns whether the work is still running, so that it will wait */
  add(settle: Settle): boolean {
    if (!this.isOpen) return false;
    if (this.#settled === this.#commits) WriteBatch.#pending++;
    this.#commits++;
    this.#settles.add(settle);
    return true;
  }

  /** Waits for its commits so far. */
  async settle(): Promise<void> {
    const commits = this.#commits;
    if (this.#settled === commits) return;
    await Promise.all([...this.#settles].map((settle) => settle()));
    if (this.#settled < commits && commits === this.#commits) WriteBatch.#pending--;
    this.#settled = Math.max(this.#settled, commits);
  }
}

/**
 * Waits once, at the end of the work, for all that it commits, instead of at each commit. Use it where much is written: a job, an
 * import, a request with many transactions. Values that the work reads from the cache are never older than its commits.
 *
 * @param work writes through a client that the option `database` of `LarderModule` observes
 * @returns the result of `work`, when its commits are delivered, or at most `readYourWrites` later
 * @throws what `work` throws, also not before its commits are delivered
 * @throws LarderOptionsError if `work` is not a function
 *
 * @example
 * ```ts
 * import { writing } from 'nest-larder';
 *
 * export async function insertAll(pool: Pool, items: readonly { id: number; price: number }[]): Promise<void> {
 *   await writing(async () => {
 *     for (const { id, price } of items) await pool.query('insert into items values ($1, $2)', [id, price]);
 *   });
 * }
 * ```
 */
export async function writing<T>(work: () => T | Promise<T>): Promise<T> {
  demandFunction(work, 'work of writing');
  return WriteBatch.run(work);
}
