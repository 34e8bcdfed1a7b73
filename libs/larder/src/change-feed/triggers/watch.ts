import { createHash } from 'node:crypto';
import { FORMAT } from './schema.js';
import type { TableName } from './table-name.js';

export interface Column {
  readonly name: string;
  /** Its type by PostgreSQL's internal name; for a domain, its base type. */
  readonly type: string;
  /** Whether it is computed when it is read: triggers do not see it. */
  readonly isVirtual: boolean;
}

/** What the triggers of a table write. */
export interface Watch {
  readonly table: TableName;
  /** The columns that rules need. */
  readonly chosen: readonly string[];
  /** The columns that are written: those of the primary key, then the chosen ones. */
  readonly columns: readonly Column[];
  /** The key that matches rows before and after a change: the first of `columns`; empty if there is no unique key. */
  readonly key: readonly string[];
  /** The columns that are compared to find which have changed: all stored columns. */
  readonly compared: readonly string[];
  /** Columns computed when they are read: they count as changed if any column has changed. */
  readonly computed: readonly string[];
}

/** Identifies what a watch writes: it differs for each table, set of columns and format. */
export function watchId({ table, columns, key }: Watch, format = FORMAT): string {
  return digest([format, table.schema, table.name, columns.map(({ name, type }) => [name, type]), key]);
}

/** The name, within `larder`, of the function behind the triggers of a table. */
export function functionName(table: TableName): string {
  return `log_${digest([table.schema, table.name])}`;
}

/** A short name for a value. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}
