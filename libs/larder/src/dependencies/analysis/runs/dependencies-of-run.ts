import type { ValueClass } from '../../catalog/value-class.js';
import type { Dependency, RowsDependency } from '../../dependency.js';
import { MAX_VALUES } from '../../dependency.js';
import type { ObservedQuery } from '../../observed-query.js';
import type { Alternative } from '../predicates/closure.js';
import type { ValueSource } from '../predicates/fact.js';
import type { Rules } from '../rules.js';
import type { Place, Template } from '../template.js';

type Run = Pick<ObservedQuery, 'values' | 'rows' | 'fields'>;

/** The rows that matter at one place. */
interface Chosen {
  readonly column: string;
  readonly values: readonly string[];
}

/** What a run with these parameters depends on. Lists, because most runs have one place or two. */
export function dependenciesOfRun({ places }: Template, run: Run, rules: Rules): readonly Dependency[] {
  const whole: string[] = [];
  const rows: RowsDependency[] = [];
  for (const place of places) {
    const { table } = place;
    if (whole.includes(table)) continue;
    const chosen = narrowest(place, run, rules);
    const isNarrow = chosen !== undefined && addRows(rows, table, chosen);
    if (!isNarrow) whole.push(table);
  }
  if (whole.length === 0) return rows;
  return [...whole.map((table) => ({ table })), ...rows.filter(({ table }) => !whole.includes(table))];
}

/** @returns whether the table has no more values of the column than a dependency may have */
function addRows(rows: RowsDependency[], table: string, { column, values }: Chosen): boolean {
  if (values.length === 0) return true;
  const at = rows.findIndex((one) => one.table === table && one.column === column);
  if (at === -1) {
    rows.push({ table, column, values });
    return true;
  }
  const all = [...new Set([...(rows[at] as RowsDependency).values, ...values])];
  rows[at] = { table, column, values: all };
  return all.length <= MAX_VALUES;
}

/** Rule 12. None of the values is one of no row, so a table that is bound to NULL is not read. */
function narrowest({ alternatives }: Place, run: Run, rules: Rules): Chosen | undefined {
  let best: Chosen | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const alternative of alternatives) {
    const values = valuesOf(alternative, run, rules);
    if (values === undefined || values.length > MAX_VALUES) continue;
    const share = rules.share(alternative, values.length);
    if (best !== undefined && !(share < least)) continue;
    best = { column: alternative.column.name, values };
    least = share;
  }
  return best;
}

/** Each value once. */
function valuesOf({ column, sources }: Alternative, run: Run, rules: Rules): readonly string[] | undefined {
  const texts: string[] = [];
  for (const source of sources) {
    for (const value of plainValues(source, run) ?? [NOT_PLAIN]) {
      // `=` is true for no row if one side is NULL.
      if (value === null || value === undefined) continue;
      const text = rules.canonicalText(value, column.valueClass as ValueClass);
      if (text === undefined) return undefined;
      texts.push(text);
    }
  }
  return texts.length > 1 ? [...new Set(texts)] : texts;
}

/** A parser of the application's may have rounded a number, or given nothing. */
function resultValue(value: unknown): unknown {
  const isLost = value === undefined || (typeof value === 'number' && !Number.isSafeInteger(value));
  return isLost ? NOT_PLAIN : value;
}

const NOT_PLAIN = Symbol('a value that has no one text');

function plainValues(source: ValueSource, { values: parameters, rows, fields }: Run): readonly unknown[] | undefined {
  if (source.kind === 'literal') return [source.literal.kind === 'null' ? null : source.literal.text];
  if (source.kind === 'result') {
    // The list and the result may differ, for example after ALTER TABLE.
    const { place, name, width } = source;
    if (rows === undefined || fields.length !== width || fields[place]?.name !== name) return undefined;
    return rows.map((row) => resultValue(row[place]));
  }
  const value = parameters[source.number - 1];
  if (source.kind === 'parameter') return [value];
  // An array written as a text, `{1,2}`, is not read. PostgreSQL's `= ANY` looks through nested arrays.
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? (value.flat(Number.POSITIVE_INFINITY) as unknown[]) : undefined;
}
