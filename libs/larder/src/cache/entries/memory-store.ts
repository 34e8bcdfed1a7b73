import type { Entry } from './entry.js';
import type { Queued } from './loss-queues.js';

/** The members of an entry that a store reads and writes. A store of simulated entries holds nothing else. */
export interface Evictable extends Readonly<Pick<Entry, 'id' | 'hits' | 'method'>>, Queued {
  bytes: number;
}

/**
 * The entries in this process, bounded in number and bytes. The caller decides whether an entry may be served.
 *
 * An implementation must keep these rules (checked by the suite in `test/contracts/store.ts`):
 * - `get` returns the last entry that `set` stored under the id, until it is deleted, replaced or evicted.
 * - After every `set`, `size` and `bytes` are within the bounds. An entry larger than the byte bound is not stored.
 * - Iterating is safe while entries are added and removed.
 */
export interface MemoryStore<Stored extends Evictable = Entry> {
  readonly size: number;
  /** Sum of the `bytes` of the stored entries. */
  readonly bytes: number;
  readonly evictions: number;

  get(id: string): Stored | undefined;
  /** Like `get`, but does not affect eviction. */
  peek(id: string): Stored | undefined;
  /** Stores an entry, in place of the one with the same id. */
  set(entry: Stored): void;
  /**
   * Adds bytes that are kept beside an entry to its size, and makes room for them.
   *
   * @returns false, with nothing changed, if the entry is no longer stored or would not fit
   */
  enlarge(entry: Stored, bytes: number): boolean;
  delete(id: string): void;
  entries(): IterableIterator<Stored>;
  clear(): void;
}
