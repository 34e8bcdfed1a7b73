import type { Passing } from '../cache/observed/tracker.js';

/** A statement that a load has sent to PostgreSQL, with what is known about its result. */
export interface ObservedQuery {
  readonly text: string;
  /** The parameters as the application gave them; empty if it gave none. */
  readonly values: readonly unknown[];
  /** The rows of its result, each with its values in the order of {@link fields}; `undefined` if they are not known. */
  readonly rows: readonly (readonly unknown[])[] | undefined;
  /** The columns of its result, in order, with the oids that the server told. */
  readonly fields: readonly ObservedField[];
}

export interface ObservedField {
  readonly name: string;
  /** The oid of the table of the column; 0 if it is no column of a table. */
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
}

/** Why a load cannot be cached by what it was read from. Said once for each method. */
interface NotObserved {
  /** Begins small, such as `a query failed` or `the transaction has written`. */
  readonly reason: string;
  readonly passes?: Passing | undefined;
}

/** What the observation of one load ends with. */
export type Observation = { readonly queries: readonly ObservedQuery[] } | NotObserved;
