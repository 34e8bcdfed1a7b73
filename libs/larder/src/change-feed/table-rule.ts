import { LarderOptionsError } from '../base/errors.js';
import { pattern, type Target } from '../keys/target.js';
import { TargetSet } from './target-set.js';
import { parseTable, type TableName } from './triggers/table-name.js';

/**
 * A value of a column, as JSON has it. What JSON numbers cannot hold (`bigint`, `numeric`) is a text, as in the client `pg`;
 * times are texts in ISO 8601, in UTC. Whatever the session of the writer, the same value is the same text.
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
   * Columns of the table of which the text may have changed, in this row or in others of the same statement: of all that are
   * not here it has not. `undefined` if that is not known: for inserts and deletes, in tables without a primary key, and
   * for statements that changed more than 500 rows.
   */
  readonly changed: readonly string[] | undefined;
  /** The W3C traceparent that the writer's transaction gave: `select set_config('larder.traceparent', $1, true)`. */
  readonly traceparent: string | undefined;
};

export type ChangedRow<Column extends string = string> = {
  /** The row before and after the change, as far as there are: one or two. */
  readonly rows: readonly Row<Column>[];
} & (
  | { readonly op: 'insert'; readonly before: undefined; readonly after: Row<Column> }
  | { readonly op: 'delete'; readonly before: Row<Column>; readonly after: undefined }
  | {
      readonly op: 'update';
      /** Absent, with `after` present, if the primary key was changed or the table has none: then two changes tell of it. */
      readonly before: Row<Column> | undefined;
      readonly after: Row<Column> | undefined;
    }
);

export interface TableRuleOptions<Column extends string> {
  /** The columns that `invalidate` looks at. Those of the primary key are always written, but seen only if named here. */
  readonly columns: readonly Column[];
  /** What a change makes invalid. Called for every changed row; must be quick, and answer the same for the same change. */
  readonly invalidate: (change: Change<Column>) => readonly Target[];
  /**
   * Everything that `invalidate` may ever answer: what is invalidated when it is not known which rows were changed (after a
   * `truncate`, when `invalidate` throws, when changes were missed). Default: everything, `pattern('*')`.
   */
  readonly covers?: readonly Target[];
}

/** What the changes of one table make invalid, made by {@link onTable}. */
export interface TableRule {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly invalidate: (change: Change) => readonly Target[];
  readonly covers: readonly Target[];
}

/**
 * What the changes of a table make invalid.
 *
 * @param table `calls`, `sales.calls`, `'"odd.name"'`; without a schema one of `public`. Capital letters count.
 * @throws LarderOptionsError for what is no table, or without columns that are texts
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
