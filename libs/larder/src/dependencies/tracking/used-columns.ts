/** How queries whose results are cached use the columns of a table. Kept in the database for all processes. */
interface TableUse {
  /** Columns whose values are dependencies. */
  readonly keys: ReadonlySet<string>;
  /** All columns that a query reads. */
  readonly read: ReadonlySet<string>;
}

/** By table. A table that is absent is not read by a cached query. */
export type UsedColumns = ReadonlyMap<string, TableUse>;
