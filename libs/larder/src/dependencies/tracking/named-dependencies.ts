import type { ObservedDependency } from '../../cache/observed/tracker.js';
import type { Analysed } from '../analysis/analysis.js';
import type { RowsDependency } from '../dependency.js';
import { restOf, TableNames } from './dependency-names.js';

/** Names what queries were read from. */
export class NamedDependencies {
  readonly #tables = new Map<string, TableNames>();

  /** The dependencies of each query. Those that queries share are there for each of them. */
  of(found: readonly Analysed[]): readonly ObservedDependency[] {
    const named: ObservedDependency[] = [];
    let last: string | undefined;
    for (const { dependencies, text } of found) {
      for (const dependency of dependencies) {
        const { table } = dependency;
        const names = this.#namesOf(table);
        if (table !== last) named.push({ name: names.everything, text: `unknown rows of ${table}` });
        last = table;
        if (dependency.column === undefined) named.push({ name: names.anyRow, text: `all of ${table}, by: ${text}` });
        else addRows(named, names, dependency, text);
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

function addRows(
  named: ObservedDependency[],
  names: TableNames,
  { table, column, values }: RowsDependency,
  text: string,
): void {
  const name = names.stemOf(column);
  for (const value of values)
    named.push({ name, rest: restOf(value), text: `${table}.${column} = ${value}, by: ${text}` });
}
