/**
 * What an answer was read from: the rows of a table whose column has one of some values, or the whole table.
 *
 * `table` is written as {@link showTable} writes it. `values` are canonical texts: equal values have equal texts, whatever the
 * session that wrote them.
 */
export type Dependency = RowsDependency | TableDependency;

/** The rows whose `column` has one of `values`, before or after a change. */
export interface RowsDependency {
  readonly table: string;
  readonly column: string;
  /** At most {@link MAX_VALUES}. */
  readonly values: readonly string[];
}

/** Every row of a table. */
interface TableDependency {
  readonly table: string;
  readonly column?: undefined;
}

/** More values than that make an entry slow to check: the dependency is the whole table then. */
export const MAX_VALUES = 32;
