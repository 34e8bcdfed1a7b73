import type { Logged, LoggedColumns, WatchedColumns } from '../../change-feed/change-log.js';
import type { ColumnValue } from '../../change-feed/table-rule.js';
import type { UsedColumns } from '../../change-feed/triggers/used-columns.js';
import { anyRowOf, everythingOf, rowsOf } from './dependency-names.js';

/** More rows of a table are one invalidation of everything that depends on the table. */
export const MAX_ROWS = 1000;

/** The names of dependencies that some rows of the log change. */
export class ChangedDependencies {
  readonly #used: UsedColumns;
  readonly #byTable = new Map<string, Set<string> | 'everything'>();

  constructor(used: UsedColumns) {
    this.#used = used;
  }

  add(logged: Logged, { table, columns }: WatchedColumns): void {
    const use = this.#used.get(table);
    const known = this.#byTable.get(table);
    if (use === undefined || known === 'everything') return;
    const { op, rows, changed } = logged;
    // Rule 19: a column that queries use was added while the writer was open, or the rows are not known.
    const places = [...use.keys].map((column) => columns.indexOf(column));
    if (op === 'truncate' || rows === null || places.includes(-1)) {
      this.#byTable.set(table, 'everything');
      return;
    }
    // R8: the texts of all columns that queries use are the same as before.
    if (op === 'update' && changed !== null && !changed.some((column) => use.read.has(column))) return;
    const names = known ?? new Set([anyRowOf(table)]);
    for (const image of rows) {
      if (image !== null) for (const place of places) addValues(names, table, columns[place] as string, image, place);
    }
    this.#byTable.set(table, names.size > MAX_ROWS ? 'everything' : names);
  }

  /** Everything that depends on a table: rows of it may have been missed, or its definition has changed. */
  addEverything(table: string): void {
    if (this.#used.has(table)) this.#byTable.set(table, 'everything');
  }

  *names(): Iterable<string> {
    for (const [table, names] of this.#byTable) {
      if (names === 'everything') yield everythingOf(table);
      else yield* names;
    }
  }
}

function addValues(names: Set<string>, table: string, column: string, image: LoggedColumns, place: number): void {
  for (const value of image[place] ?? []) {
    // `=` is true for no row with NULL. Rule 10: types whose equal values have several texts have no dependency by value.
    if (value !== null) names.add(rowsOf(table, column, textOf(value)));
  }
}

function textOf(value: ColumnValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
