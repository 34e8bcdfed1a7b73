import type { Entry } from '../entries/entry.js';
import type { Fetched } from '../shared-tier/shared-tier.js';

/**
 * How recent the version table is for a read that missed: `current` (complete up to `maxStaleness` ago, or the stored entry
 * is recent enough), `confirmed` (complete for the slots of its path) or `unknown` (a strong read without an answer).
 */
export type TableState = 'current' | 'confirmed' | 'unknown';

/** What a read knows before it loads. */
export interface Lookup {
  readonly table: TableState;
  /** Whether to load the value even if one is stored. */
  readonly isFromSource?: boolean;
  /** The valid entry of its path, if the journal was asked. */
  readonly entry?: Entry | undefined;
  /** Whether an entry was found that had been invalidated. */
  readonly isRefused?: boolean;
  /** The reply of the shared tier, if it was asked already. */
  readonly fetched?: Promise<Fetched> | undefined;
}
