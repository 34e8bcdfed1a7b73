/** A table of which every row matters to a value, by one query of its load. */
export interface WholeTable {
  /** With its schema. */
  readonly table: string;
  /** Shortened, and without its literals. */
  readonly query: string;
}

const MAX_METHODS = 1000;
const MAX_TABLES = 10;

/** By method: the tables of which each change invalidates every value. */
export class WholeTables {
  readonly #methods = new Map<string, Map<string, string>>();

  note(method: string, { table, query }: WholeTable): void {
    const tables = this.#methods.get(method) ?? new Map<string, string>();
    if (tables.has(table) || tables.size >= MAX_TABLES || this.#methods.size >= MAX_METHODS) return;
    this.#methods.set(method, tables.set(table, query));
  }

  of(method: string): readonly WholeTable[] {
    return [...(this.#methods.get(method) ?? [])].map(([table, query]) => ({ table, query }));
  }
}

/** What to know of the whole tables of a method; empty if it has none. */
export function wholeTableAdvice(tables: readonly WholeTable[]): string {
  return tables
    .map(
      ({ table, query }) =>
        `No column in the WHERE narrows \`${table}\`: each change of it invalidates every value. Query: ${query}.`,
    )
    .join(' ');
}
