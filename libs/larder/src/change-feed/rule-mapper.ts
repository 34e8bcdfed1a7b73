import { LarderChangeFeedError, messageOf } from '../base/errors.js';
import type { Target } from '../keys/target.js';
import type { Logged, LoggedColumns, WatchedColumns } from './change-log.js';
import type { ChangedRow, ColumnValue, Row, TableRule } from './table-rule.js';
import type { TargetSet } from './target-set.js';
import { showTable } from './triggers/table-name.js';

export type RuleFailed = (table: string, error: LarderChangeFeedError) => void;
/** Called with the logged values of each changed row of a watched table. */
export type RowChanged = (table: string, row: LoggedValues) => void;

interface LoggedValues {
  readonly before: Readonly<Record<string, ColumnValue>> | undefined;
  readonly after: Readonly<Record<string, ColumnValue>> | undefined;
}

/** Maps rows of the log to targets, by the rules of an application. */
export class RuleMapper {
  readonly #rules = new Map<string, TableRule[]>();
  readonly #failed: RuleFailed;
  readonly #changed: RowChanged | undefined;

  constructor(rules: readonly TableRule[], failed: RuleFailed, changed?: RowChanged) {
    this.#changed = changed;
    for (const rule of rules) {
      const table = showTable(rule.table);
      this.#rules.set(table, [...(this.#rules.get(table) ?? []), rule]);
    }
    this.#failed = failed;
  }

  /** Everything that any rule may invalidate. */
  get covers(): readonly Target[] {
    return [...this.#rules.values()].flat().flatMap(({ covers }) => covers);
  }

  /** Everything that the rules of these tables may invalidate. */
  coversOf(tables: readonly string[]): readonly Target[] {
    return tables.flatMap((table) => this.#rules.get(table) ?? []).flatMap(({ covers }) => covers);
  }

  /** Adds the targets of a log row. Never throws: after a failure of a rule it adds everything that the rule covers. */
  collect(logged: Logged, { table, columns, key }: WatchedColumns, targets: TargetSet): void {
    const { op, size, rows, changed, trace } = logged;
    if (this.#changed !== undefined) for (const row of valuesOf(logged, columns, key)) this.#changed(table, row);
    const ofStatement = { changed: changed ?? undefined, traceparent: trace ?? undefined };
    for (const rule of this.#rules.get(table) ?? []) {
      if (op === 'truncate' || rows === null) {
        targets.add(rule.covers);
        continue;
      }
      try {
        for (const [before, after] of paired(rows, size, key)) {
          const change = changeOf(rule, op, columns, before, after);
          targets.add(rule.invalidate({ ...change, ...ofStatement }));
        }
      } catch (cause) {
        const problem = `The rule of ${table} failed for a change (${messageOf(cause)})`;
        this.#failed(table, new LarderChangeFeedError('rule', problem, { cause }));
        targets.add(rule.covers);
      }
    }
  }
}

/** The logged values of each row; none of them if they are not known. */
function valuesOf({ op, size, rows }: Logged, columns: readonly string[], key: number): LoggedValues[] {
  if (op === 'truncate' || rows === null) return [{ before: undefined, after: undefined }];
  const named = (values: LoggedRow | null) =>
    values === null ? undefined : Object.fromEntries(columns.map((name, at) => [name, values[at] as ColumnValue]));
  return paired(rows, size, key).map(([before, after]) => ({ before: named(before), after: named(after) }));
}

/** The values of a changed row. */
type LoggedRow = readonly ColumnValue[];

/** Pairs each row before the change with the row after it that has the same key; a row without a match stays alone. */
function paired(
  [before, after]: NonNullable<Logged['rows']>,
  size: number,
  key: number,
): (readonly [LoggedRow | null, LoggedRow | null])[] {
  const old = before === null ? [] : rowsOf(before, size);
  const young = after === null ? [] : rowsOf(after, size);
  if (key === 0 || before === null || after === null)
    return [...old.map((row) => [row, null] as const), ...young.map((row) => [null, row] as const)];
  const keyOf = (row: LoggedRow) => JSON.stringify(row.slice(0, key));
  const left = new Map(young.map((row) => [keyOf(row), row]));
  // The key is not unique: the table's primary key has changed since the rows were written.
  if (left.size !== young.length)
    return [...old.map((row) => [row, null] as const), ...young.map((row) => [null, row] as const)];
  const pairs = old.map((row) => {
    const name = keyOf(row);
    const match = left.get(name) ?? null;
    left.delete(name);
    return [row, match] as const;
  });
  return [...pairs, ...[...left.values()].map((row) => [null, row] as const)];
}

/** @param size the number of rows if no column is logged */
function rowsOf(columns: LoggedColumns, size: number): LoggedRow[] {
  const length = columns[0]?.length ?? size;
  return Array.from({ length }, (_, index) => columns.map((values) => values[index] as ColumnValue));
}

function changeOf(
  rule: TableRule,
  op: 'insert' | 'update' | 'delete',
  columns: readonly string[],
  before: LoggedRow | null,
  after: LoggedRow | null,
): ChangedRow {
  const old = rowOf(rule, columns, before);
  const young = rowOf(rule, columns, after);
  const rows = [old, young].filter((row) => row !== undefined);
  return { op, before: old, after: young, rows } as ChangedRow;
}

function rowOf(rule: TableRule, columns: readonly string[], values: LoggedRow | null): Row<string> | undefined {
  if (values === null) return undefined;
  const row: Record<string, ColumnValue> = Object.create(null);
  for (const name of rule.columns) {
    const value = values[columns.indexOf(name)];
    // The triggers of an older rule wrote the row.
    if (value === undefined) throw new TypeError(`the log lacks the column ${name}`);
    row[name] = value;
  }
  return row;
}
