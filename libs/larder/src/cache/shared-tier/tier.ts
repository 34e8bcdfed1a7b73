import type { TierEntry } from '../entries/tier-entry.js';

/**
 * A store for entries that all nodes share. It handles bytes only; the caller decides whether an entry may be served.
 *
 * An implementation must keep these rules (checked by `tierContract` of `nest-larder/testing`):
 * - It answers within its timeout or rejects.
 * - It returns a stored entry until its TTL has passed, unless it had to evict the entry, and never later.
 * - It returns bytes unchanged, whatever they are.
 */
export interface Tier {
  /** The bytes of each id, in the order of the ids; `undefined` where there are none. */
  getMany(ids: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;

  setMany(entries: readonly TierEntry[]): Promise<void>;

  /** The ids that match a glob (`*` stands for any text), in batches; an id may appear twice. */
  search(glob: string): AsyncIterable<readonly string[]>;

  close(): Promise<void>;
}
