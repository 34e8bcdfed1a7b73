import type { Dependency } from '../../dependency.js';
import { MAX_VALUES } from '../../dependency.js';
import type { ObservedQuery } from '../../observed-query.js';
import type { Bound } from '../levels/settle.js';
import type { Alternative } from '../predicates/closure.js';
import type { ValueSource } from '../predicates/fact.js';
import type { Rules } from '../rules.js';
import { showTable } from '../table.js';
import type { Template } from '../template.js';

type Run = Pick<ObservedQuery, 'values' | 'rows' | 'fields'>;

/** What a run with these parameters depends on. */
export function dependenciesOfRun(template: Template, run: Run, rules: Rules): Dependency[] {
  const whole = new Set<string>();
  const rows = new Map<string, { table: string; column: string; values: Set<string> }>();
  for (const bound of template.bounds) {
    const table = showTable(bound.occurrence.relation);
    const chosen = narrowest(bound, template, run, rules);
    if (chosen === undefined) {
      whole.add(table);
    } else if (chosen.values.size > 0) {
      const key = `${table}\0${chosen.column}`;
      const known = rows.get(key) ?? { table, column: chosen.column, values: new Set() };
      for (const value of chosen.values) known.values.add(value);
      rows.set(key, known);
    }
  }
  for (const { table, values } of rows.values()) if (values.size > MAX_VALUES) whole.add(table);
  return [
    ...[...whole].map((table) => ({ table })),
    ...[...rows.values()]
      .filter(({ table }) => !whole.has(table))
      .map(({ table, column, values }) => ({ table, column, values: [...values] })),
  ];
}

/** Rule 12. None of the values is one of no row, so a table that is bound to NULL is not read. */
function narrowest(
  { alternatives }: Bound,
  template: Template,
  run: Run,
  rules: Rules,
): { readonly column: string; readonly values: ReadonlySet<string> } | undefined {
  let best: { column: string; values: ReadonlySet<string>; share: number } | undefined;
  for (const alternative of alternatives) {
    const values = valuesOf(alternative, template, run, rules);
    if (values === undefined || values.size > MAX_VALUES) continue;
    const share = rules.share(alternative, values.size);
    if (best === undefined || share < best.share) best = { column: alternative.column.name, values, share };
  }
  return best;
}

function valuesOf(
  { column, sources }: Alternative,
  { parameters: uses }: Template,
  run: Run,
  rules: Rules,
): ReadonlySet<string> | undefined {
  const { valueClass } = column;
  if (valueClass === undefined) return undefined;
  const values = new Set<string>();
  for (const source of sources) {
    if ('number' in source && !rules.parameterFits(uses.of(source.number), source.use)) return undefined;
    for (const value of plainValues(source, run) ?? [NOT_PLAIN]) {
      // `=` is true for no row if one side is NULL.
      if (value === null || value === undefined) continue;
      const text = rules.canonicalText(value, valueClass);
      if (text === undefined) return undefined;
      values.add(text);
    }
  }
  return values;
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
