import { LarderOptionsError } from '../base/errors.js';
import { pattern, type Target } from '../keys/target.js';
import { TargetSet } from './target-set.js';
import { parseTable, type TableName } from './triggers/table-name.js';

/**
 * A value of a column, as JSON. Types that exceed JSON numbers (`bigint`, `numeric`) are strings, as in the client `pg`; times
 * are ISO 8601 strings in UTC. The settings of the writer's session do not affect the text.
 */
export type ColumnValue =
  | string
  | number
  | boolean
  | null
  | readonly ColumnValue[]
  | { readonly [name: string]: ColumnValue };

/** The chosen columns of a row. */
export type Row<Column extends string> = { readonly [Name in Column]: ColumnValue };

/** A row that was changed and committed. */
export type Change<Column extends string = string> = ChangedRow<Column> & {
  /**
   * Columns whose text may have changed, in this row or in another row of the same statement; columns not listed have not
   * changed. `undefined` if unknown: for inserts and deletes, in tables without a primary key, and for statements that changed
   * more than 500 rows.
   */
  readonly changed: readonly string[] | undefined;
  /** The W3C traceparent that the writer's transaction set: `select set_config('larder.traceparent', $1, true)`. */
  readonly traceparent: string | undefined;
};

export type ChangedRow<Column extends string = string> = {
  /** The row before and the row after the change, as far as they exist: one or two rows. */
  readonly rows: readonly Row<Column>[];
} & (
  | { readonly op: 'insert'; readonly before: undefined; readonly after: Row<Column> }
  | { readonly op: 'delete'; readonly before: Row<Column>; readonly after: undefined }
  | {
      readonly op: 'update';
      /** If the primary key changed or the table has none, the update arrives as two changes: one with `before`, one with `after`. */
      readonly before: Row<Column> | undefined;
      readonly after: Row<Column> | undefined;
    }
);

export interface TableRuleOptions<Column extends string> {
  /** The columns that `invalidate` reads. The primary key is always logged, but visible to `invalidate` only if named here. */
  readonly columns: readonly Column[];
  /** Returns what a change invalidates. Called for every changed row; must be fast and deterministic. */
  readonly invalidate: (change: Change<Column>) => readonly Target[];
  /**
   * Everything that `invalidate` may return. The feed invalidates it when it does not know which rows changed: after a
   * `truncate`, when `invalidate` throws, when changes were missed. Default: everything, `pattern('*')`.
   */
  readonly covers?: readonly Target[];
}

/** What the changes of one table invalidate, made by {@link onTable}. */
export interface TableRule {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly invalidate: (change: Change) => readonly Target[];
  readonly covers: readonly Target[];
}

/**
 * Defines what the changes of a table invalidate.
 *
 * @param table `calls`, `sales.calls`, `'"odd.name"'`; the default schema is `public`. Case-sensitive.
 * @throws LarderOptionsError if `table` is not a table name or an option is invalid
 *
 * @example
 * ```ts
 * const calls = onTable('calls', {
 *   columns: ['user_id', 'agent_id'],
 *   invalidate: ({ rows }) => rows.flatMap((row) => [['dashboard', row.user_id], ['agents', row.agent_id]]),
 *   covers: [['dashboard'], ['agents']],
 * });
 * ```
 */
export function onTable<const Column extends string>(table: string, options: TableRuleOptions<Column>): TableRule {
  const { columns, invalidate, covers = [pattern('*')] } = options;
  const problems = [
    ...(Array.isArray(columns) && columns.every((column) => typeof column === 'string' && column !== '')
      ? []
      : [`columns of the rule of ${table} are not a list of names`]),
    ...(typeof invalidate === 'function' ? [] : [`invalidate of the rule of ${table} is not a function`]),
    ...(isTargets(covers) ? [] : [`covers of the rule of ${table} is not a list of keys, tags and patterns`]),
  ];
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return {
    table: parseTable(table),
    columns: [...new Set(columns)],
    invalidate: invalidate as unknown as TableRule['invalidate'],
    covers,
  };
}

function isTargets(covers: readonly Target[]): boolean {
  try {
    new TargetSet().add(covers);
    return covers.length > 0;
  } catch {
    return false;
  }
}
