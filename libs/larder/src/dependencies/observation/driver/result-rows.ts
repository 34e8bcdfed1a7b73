import type { ObservedField, ObservedQuery } from '../../observed-query.js';
import type { PgResult } from './pg-parts.js';

/** More rows have more different keys than a dependency may have, and copying them costs time. */
const MAX_ROWS = 256;

/** What a result tells about its query. The rows are copies: the application may change its own. */
export function resultOf({ rows, fields, rowAsArray }: PgResult): Pick<ObservedQuery, 'rows' | 'fields'> {
  const columns = fields.map(({ name, tableID, columnID, dataTypeID }) => ({ name, tableID, columnID, dataTypeID }));
  if (rows.length > MAX_ROWS) return { rows: undefined, fields: columns };
  if (!rowAsArray) return { rows: rows.map((row) => ({ ...(row as object) })), fields: columns };
  return {
    rows: areDistinct(columns) ? rows.map((row) => objectOf(columns, row as unknown[])) : undefined,
    fields: columns,
  };
}

function areDistinct(columns: readonly ObservedField[]): boolean {
  return new Set(columns.map(({ name }) => name)).size === columns.length;
}

function objectOf(columns: readonly ObservedField[], row: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name }, at) => [name, row[at]]));
}
