import type { ValueClass } from './value-class.js';

/** A table, a view, or another relation outside the system schemas. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  readonly isTemporary: boolean;
  readonly hasRowSecurity: boolean;
  /** Whether another table inherits from it, or is a partition of it. */
  readonly hasChildren: boolean;
  /** The kinds of its descendants, if any. */
  readonly childKinds: ReadonlySet<RelationKind | 'temporary'>;
  /** In the order of `select *`. */
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** Validated and enforced foreign keys. */
  readonly foreignKeys: readonly ForeignKey[];
  /** The query of a view, with every name qualified. */
  readonly definition: string | undefined;
}

export type RelationKind = 'table' | 'view' | 'materialised view' | 'foreign table' | 'sequence' | 'other';

export interface Column {
  readonly name: string;
  /** Under a domain, the type that the domain is based on. */
  readonly type: string;
  /** How its values are written as canonical texts; undefined if equal values may have several texts. */
  readonly valueClass: ValueClass | undefined;
  /** Whether the type is an array, composite or of an extension, so that operators outside pg_catalog may apply to it. */
  readonly isForeignType: boolean;
  /** An estimate of how many different values it holds. */
  readonly distinct: number;
}

interface ForeignKey {
  readonly columns: readonly string[];
  readonly target: number;
  readonly targetColumns: readonly string[];
}
