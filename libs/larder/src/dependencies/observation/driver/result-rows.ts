import type { ObservedField, ObservedQuery } from '../../observed-query.js';
import type { PgResult } from './pg-parts.js';

/** More rows have more different keys than a dependency may have, and copying them costs time. */
const MAX_ROWS = 256;

/** A row that is an object has one of several columns of the same name. */
const UNKNOWN = Symbol('a value of one of several columns');

/** What a result tells about its query. The rows are copies: the application may change its own. */
export function resultOf({ rows, fields, rowAsArray }: PgResult): Pick<ObservedQuery, 'rows' | 'fields'> {
  const columns = fields.map(({ name, tableID, columnID, dataTypeID }) => ({ name, tableID, columnID, dataTypeID }));
  if (rows.length > MAX_ROWS) return { rows: undefined, fields: columns };
  return { rows: rowAsArray ? rows.map((row) => [...(row as unknown[])]) : valuesOf(columns, rows), fields: columns };
}

function valuesOf(columns: readonly ObservedField[], rows: readonly unknown[]): unknown[][] {
  const names = columns.map(({ name }) => (columns.filter((one) => one.name === name).length > 1 ? undefined : name));
  return (rows as readonly Readonly<Record<string, unknown>>[]).map((row) =>
    names.map((name) => (name === undefined ? UNKNOWN : row[name])),
  );
}
