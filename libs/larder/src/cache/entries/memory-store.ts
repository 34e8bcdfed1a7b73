import type { Entry } from './entry.js';

/**
 * Where entries are kept in this process. It bounds what it keeps; whether an entry may be served is not its business.
 *
 * What an implementation must hold to (the suite in `test/contracts/store.ts` checks it):
 * - `get` answers what the last `set` of that id gave it, until it was deleted, replaced or evicted.
 * - After every `set`, `size` and `bytes` are within the bounds. An entry larger than the whole bound is not kept.
 * - Iterating is safe while entries come and go.
 */
export interface MemoryStore {
  readonly size: number;
  /** Sum of the `bytes` of what is kept. */
  readonly bytes: number;
  readonly evictions: number;

  get(id: string): Entry | undefined;
  /** Like `get`, but not a use of the entry. */
  peek(id: string): Entry | undefined;
  /** Keeps an entry in place of the one with the same id. */
  set(entry: Entry): void;
  /**
   * Counts bytes that are kept beside an entry as its own from now on, and makes room for them.
   *
   * @returns false, and nothing changes, if it is not kept any more or would not fit
   */
  enlarge(entry: Entry, bytes: number): boolean;
  delete(id: string): void;
  entries(): IterableIterator<Entry>;
  clear(): void;
}
