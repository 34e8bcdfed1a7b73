// Names are JSON, so that no table, column or value can look like another one.

/** Changed by a change of the table whose rows are not known. Each dependency on the table includes it. */
export function everythingOf(table: string): string {
  return JSON.stringify([table]);
}

/** Changed by each change of the table. */
export function anyRowOf(table: string): string {
  return JSON.stringify([table, null]);
}

/** Changed by a change of a row whose column has the value, before or after it. */
export function rowsOf(table: string, column: string, value: string): string {
  return JSON.stringify([table, column, value]);
}

/** The names of dependencies on one table, made once. */
export class TableNames {
  readonly everything: string;
  readonly anyRow: string;
  readonly #stems = new Map<string, string>();

  constructor(private readonly table: string) {
    this.everything = everythingOf(table);
    this.anyRow = anyRowOf(table);
  }

  /** What the names of {@link rowsOf} of a column begin with; {@link restOf} is what follows. */
  stemOf(column: string): string {
    let stem = this.#stems.get(column);
    if (stem === undefined) {
      stem = `${JSON.stringify([this.table, column]).slice(0, -1)},`;
      this.#stems.set(column, stem);
    }
    return stem;
  }
}

export function restOf(value: string): string {
  return `${JSON.stringify(value)}]`;
}

/** A name for people: `items.seller_id = 7`, `rows of items`, `all of items`. */
export function showName(name: string): string {
  const [table, column, value] = JSON.parse(name) as [table: string, column?: string | null, value?: string];
  if (column === undefined) return `all of ${table}`;
  return column === null ? `rows of ${table}` : `${table}.${column} = ${value}`;
}
