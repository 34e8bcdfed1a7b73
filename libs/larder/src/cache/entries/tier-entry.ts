/** One entry in a tier. */
export interface TierEntry {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Milliseconds after which the tier removes it; `Infinity` for never. */
  readonly ttl: number;
}
