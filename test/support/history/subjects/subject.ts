import type { Item, ItemKey } from '../keys.js';

/** The targets of an invalidation: one key, or a whole group by its prefix or its tag. */
export type Scope = { readonly key: ItemKey } | { readonly prefix: number } | { readonly tag: number };

/** A cache under test, in one node. */
export interface Subject {
  /** Whether it has strong reads; if not, all reads must keep the bound. */
  readonly hasStrongReads: boolean;
  /** Whether writes are plain SQL, of which nothing tells the cache. */
  readonly writesAlone?: boolean;
  read(key: ItemKey, load: () => Promise<Item>, isStrong: boolean): Promise<Item>;
  /** The stored value, without loading. */
  peek(key: ItemKey): Promise<Item | undefined>;
  /** Keys of one group. */
  readMany(
    keys: readonly ItemKey[],
    load: (missing: readonly ItemKey[]) => Promise<Item[]>,
    isStrong: boolean,
  ): Promise<readonly (Item | undefined)[]>;
  writeThrough(key: ItemKey, write: () => Promise<Item>): Promise<Item>;
  /** Stores a value that its only writer has just written. May be absent: then no key is written in this way. */
  set?(key: ItemKey, item: Item): Promise<void>;
  /** @returns whether other nodes received it */
  invalidate(scope: Scope): Promise<boolean>;
  /** Runs work and invalidates what it changes, but nothing before the work is done. */
  transact(work: () => Promise<Item>, scope: Scope): Promise<Item>;
  /** Invalidates a key that no node reads. */
  probe(): Promise<boolean>;
}

export interface SubjectOptions {
  /** The entry point of another release to use. Default: this one. */
  readonly library?: string;
  readonly redis: string;
  /** The database of the change feed, if there is one. */
  readonly feedUrl?: string | undefined;
  /** Milliseconds. */
  readonly maxStaleness: number;
  readonly waitReplicas: number;
}
