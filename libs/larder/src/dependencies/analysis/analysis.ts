import type { Dependency } from '../dependency.js';

/** A column that a query uses: an UPDATE of other columns cannot change its answer (R8). */
export interface UsedColumn {
  readonly table: string;
  readonly column: string;
}

/** What one run of a query was read from. */
export interface Analysed {
  readonly dependencies: readonly Dependency[];
  /** Of all runs of this text. A table without any is read for how many rows it has. */
  readonly columns: readonly UsedColumn[];
  /** Whether the answer depends on the time too, which is left to the TTL. */
  readonly timeDependent: boolean;
  /** The text for people: short, and without literals. */
  readonly text: string;
  /** The tables of which every run reads all rows. */
  readonly unnarrowed: readonly string[];
}

/** What one run of a query was read from, or why that cannot be told. */
export type Analysis =
  | Analysed
  /** Begins small, such as `it locks rows`. */
  | { readonly reason: string };
