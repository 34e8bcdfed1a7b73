import type { Item, ItemKey } from '../keys.js';

/** What an invalidation is for: one key, or a whole group by its prefix or its tag. */
export type Scope = { readonly key: ItemKey } | { readonly prefix: number } | { readonly tag: number };

/** A cache under test, in one node. */
export interface Subject {
  /** Whether it has reads that may not lag at all; where not, all are held to the bound. */
  readonly hasStrongReads: boolean;
  read(key: ItemKey, load: () => Promise<Item>, isStrong: boolean): Promise<Item>;
  /** What is stored, without loading. */
  peek(key: ItemKey): Promise<Item | undefined>;
  /** Keys of one group. */
  readMany(
    keys: readonly ItemKey[],
    load: (missing: readonly ItemKey[]) => Promise<Item[]>,
    isStrong: boolean,
  ): Promise<readonly (Item | undefined)[]>;
  writeThrough(key: ItemKey, write: () => Promise<Item>): Promise<Item>;
  /** @returns whether other nodes were told */
  invalidate(scope: Scope): Promise<boolean>;
  /** Runs some work and invalidates what it changes, so that nothing is invalidated before it is done. */
  transact(work: () => Promise<Item>, scope: Scope): Promise<Item>;
  /** Invalidates what nobody reads. */
  probe(): Promise<boolean>;
}

export interface SubjectOptions {
  /** The entry point of another release to use. Default: this one. */
  readonly library?: string;
  readonly redis: string;
  /** Where the change feed reads; none if there is none. */
  readonly feedUrl?: string | undefined;
  /** Milliseconds. */
  readonly maxStaleness: number;
  readonly waitReplicas: number;
}
