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

/** A name for people: `items.seller_id = 7`, `rows of items`, `all of items`. */
export function showName(name: string): string {
  const [table, column, value] = JSON.parse(name) as [table: string, column?: string | null, value?: string];
  if (column === undefined) return `all of ${table}`;
  return column === null ? `rows of ${table}` : `${table}.${column} = ${value}`;
}
