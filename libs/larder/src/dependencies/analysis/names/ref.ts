import type { Column, Relation } from '../../catalog/relation.js';
import type { ValueClass } from '../../catalog/value-class.js';

/** One place where a query reads a table. */
export interface Occurrence {
  readonly relation: Relation;
  /** The columns that the query uses here (R8). */
  readonly used: Set<string>;
  /** How often. */
  uses: number;
}

/** What a name in a query refers to. */
export type Ref = ColumnRef | ElementsRef | MergedRef | OtherRef;

/** The column of a table, as it is in its row. */
export interface ColumnRef {
  readonly kind: 'column';
  readonly occurrence: Occurrence;
  readonly column: Column;
}

/** The elements of an array parameter (R2). */
interface ElementsRef {
  readonly kind: 'elements';
  readonly parameter: number;
  readonly valueClass: ValueClass;
}

/** A column that a FULL JOIN makes of two (R7). */
interface MergedRef {
  readonly kind: 'merged';
  readonly refs: readonly [Ref, Ref];
}

/** A computed value. */
export interface OtherRef {
  readonly kind: 'other';
}

export const OTHER: OtherRef = { kind: 'other' };

/** Notes that a query uses what a name refers to. */
export function use(ref: Ref): void {
  if (ref.kind === 'column') {
    ref.occurrence.used.add(ref.column.name);
    ref.occurrence.uses += 1;
  }
  if (ref.kind === 'merged') ref.refs.forEach(use);
}
