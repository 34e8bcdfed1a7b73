import type { ObservedDependency } from '../../cache/observed/tracker.js';
import type { Analysed } from '../analysis/analysis.js';
import { anyRowOf, everythingOf } from './dependency-names.js';

/** Texts that JSON writes as they are, which most values have. */
const PLAIN = /^[\w-]*$/;

/** Longer values count in the memory of the entries that keep them. */
const SHORT = 16;

/** Names what queries were read from. */
export class NamedDependencies {
  readonly #tables = new Map<string, TableNames>();

  /** The dependencies of each query. Those that queries share are there for each of them. */
  of(found: readonly Analysed[]): readonly ObservedDependency[] {
    const named: ObservedDependency[] = [];
    let last: TableNames | undefined;
    for (const { dependencies, text } of found) {
      for (const dependency of dependencies) {
        const names = this.#namesOf(dependency.table);
        if (names !== last) named.push(names.everything);
        last = names;
        if (dependency.column === undefined) named.push(new RowsRead(names, undefined, '', text));
        else for (const value of dependency.values) named.push(new RowsRead(names, dependency.column, value, text));
      }
    }
    return named;
  }

  #namesOf(table: string): TableNames {
    let names = this.#tables.get(table);
    if (names === undefined) {
      names = new TableNames(table);
      this.#tables.set(table, names);
    }
    return names;
  }
}

/** What the names of dependencies on one table have in common, made once. */
class TableNames {
  readonly everything: ObservedDependency;
  readonly anyRow: string;
  readonly #stems = new Map<string, string>();

  constructor(readonly table: string) {
    this.everything = { name: everythingOf(table), text: `unknown rows of ${table}` };
    this.anyRow = anyRowOf(table);
  }

  /** What a name of `rowsOf` has before its value. */
  stemOf(column: string): string {
    let stem = this.#stems.get(column);
    if (stem === undefined) {
      stem = `${JSON.stringify([this.table, column]).slice(0, -1)},`;
      this.#stems.set(column, stem);
    }
    return stem;
  }
}

/** Small, because each stored entry keeps some: names and texts are made of it when they are needed. */
class RowsRead implements ObservedDependency {
  /** @param column `undefined` for all rows */
  constructor(
    private readonly names: TableNames,
    private readonly column: string | undefined,
    private readonly value: string,
    private readonly query: string,
  ) {}

  get name(): string {
    return this.column === undefined ? this.names.anyRow : this.names.stemOf(this.column);
  }

  get rest(): string {
    if (this.column === undefined) return '';
    return PLAIN.test(this.value) ? `"${this.value}"]` : `${JSON.stringify(this.value)}]`;
  }

  get bytes(): number {
    return this.value.length > SHORT ? 2 * this.value.length : 0;
  }

  get text(): string {
    const { table } = this.names;
    const rows = this.column === undefined ? `all of ${table}` : `${table}.${this.column} = ${this.value}`;
    return `${rows}, by: ${this.query}`;
  }
}
