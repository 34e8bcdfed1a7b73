import type { Entry } from '../entries/entry.js';
import type { Fetched } from '../shared-tier/shared-tier.js';

/**
 * What a read that missed knows of the table: `current` (complete up to `maxStaleness` ago, or the age of what is served
 * makes up for it), `confirmed` (complete for the slots of its path) or `unknown` (a strong read that got no answer).
 */
export type TableState = 'current' | 'confirmed' | 'unknown';

/** What a read has found out before it loads. */
export interface Lookup {
  readonly table: TableState;
  /** Whether the value must come from its source, whatever is stored. */
  readonly isFromSource?: boolean;
  /** What is stored under its path and valid, where the journal was asked for it. */
  readonly entry?: Entry | undefined;
  /** What the shared tier has, where it was asked already. */
  readonly fetched?: Promise<Fetched> | undefined;
}
