import type { JoinType } from '../names/join-type.js';
import type { Occurrence } from '../names/ref.js';
import type { NamedRef, Namespace } from '../names/scope.js';
import type { ConstantFact, Fact } from '../predicates/fact.js';

/** What a FROM is made of. */
export type Item = TableItem | JoinItem | QueryItem | ComputedItem;

interface TableItem {
  readonly kind: 'table';
  readonly occurrence: Occurrence;
}

export interface JoinItem {
  readonly kind: 'join';
  readonly type: JoinType;
  readonly left: Item;
  readonly right: Item;
  /** What its ON or USING says. */
  readonly facts: readonly Fact[];
  /** Whether that is all that it says. */
  readonly isWhole: boolean;
}

/** A sub-select, a view or a CTE. */
export interface QueryItem {
  readonly kind: 'query';
  readonly query: Query;
}

/** A function, VALUES, or the rows of a recursive query so far. */
export interface ComputedItem {
  readonly kind: 'computed';
}

/** One SELECT. */
export interface Level {
  readonly kind: 'level';
  readonly from: Item;
  /** What its WHERE says. */
  readonly facts: readonly Fact[];
  /** The sub-selects of its expressions. */
  readonly inner: readonly Query[];
  /** What is known of the rows of the outermost SELECT from its result (R5). */
  readonly byResult?: ByResult;
  /** Whether each row of the result is one row of FROM, with the columns that it has there (R3). */
  readonly isPlain: boolean;
  /** Whether it can give a row where no row satisfies its WHERE: an aggregate without GROUP BY does. */
  readonly makesRows: boolean;
}

/** R5: which rows of a table can matter to the rows of a result. */
export interface ByResult {
  /** The columns that the result shows, with the values that it has in them. */
  readonly facts: readonly ConstantFact[];
  /** The sub-selects of the list that the result is not sorted by. */
  readonly listed: readonly Query[];
  /** Tables that give one row, or none, to each row of the others, and nothing but values of the list. */
  readonly lookups: readonly Lookup[];
}

export interface Lookup {
  readonly occurrence: Occurrence;
  /** Whether a validated foreign key says that there is a row for each value. */
  readonly isReferenced: boolean;
}

/** The branches of a set operation, and the sub-selects of its ORDER BY and LIMIT. */
interface Branches {
  readonly kind: 'branches';
  readonly queries: readonly Query[];
}

export type Query = Level | Branches;

/** A query with the names of its columns. */
export interface NamedQuery {
  readonly query: Query;
  readonly columns: readonly NamedRef[];
}

/** A part of FROM, the names that it makes visible, and the sub-selects in its conditions and arguments. */
export interface NamedItem {
  readonly item: Item;
  readonly namespace: Namespace;
  readonly inner: readonly Query[];
}

export const COMPUTED: ComputedItem = { kind: 'computed' };
