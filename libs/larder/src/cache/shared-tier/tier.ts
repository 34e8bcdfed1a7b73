/** One entry as a tier keeps it. */
export interface TierEntry {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Milliseconds after which the tier forgets it; `Infinity` for never. */
  readonly ttl: number;
}

/**
 * Where entries are kept that all nodes share. It knows bytes only; whether an entry may be served is not its business.
 *
 * What an implementation must hold to (`tierContract` of `nest-larder/testing` checks it):
 * - It answers within its timeout or rejects; nothing waits for a tier that is gone.
 * - An entry that was set is answered until its TTL has passed, unless the tier had to evict it; never after it.
 * - Whatever bytes lie under a name are answered as they are.
 */
export interface Tier {
  /** The bytes of each id, in their order; `undefined` where there are none. */
  getMany(ids: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;

  setMany(entries: readonly TierEntry[]): Promise<void>;

  /** Every id that matches a glob (`*` stands for any text), in batches; some of them perhaps twice. */
  search(glob: string): AsyncIterable<readonly string[]>;

  close(): Promise<void>;
}
