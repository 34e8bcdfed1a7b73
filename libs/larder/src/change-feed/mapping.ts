import { LarderChangeFeedError, LarderKeyError } from '../errors.js';
import { encodePath, type Key } from '../keys/key.js';
import { Pattern, Tag, type Target } from '../keys/target.js';
import { showTable } from '../triggers/table-name.js';
import type { Logged, WatchedColumns } from './change-log.js';
import type { Change, ColumnValue, Row, TableRule } from './rule.js';

export type RuleFailed = (table: string, error: LarderChangeFeedError) => void;

/** Turns what the log says into targets, by the rules of an application. */
export class Mapping {
  readonly #rules = new Map<string, TableRule[]>();
  readonly #failed: RuleFailed;

  constructor(rules: readonly TableRule[], failed: RuleFailed) {
    for (const rule of rules) {
      const table = showTable(rule.table);
      this.#rules.set(table, [...(this.#rules.get(table) ?? []), rule]);
    }
    this.#failed = failed;
  }

  /** Everything that any rule may ever invalidate. */
  get covers(): readonly Target[] {
    return [...this.#rules.values()].flat().flatMap(({ covers }) => covers);
  }

  /** What a row of the log makes invalid. Never throws: what cannot be told counts as everything that the rule covers. */
  targetsOf({ op, rows }: Logged, { table, columns }: WatchedColumns): Target[] {
    const rules = this.#rules.get(table) ?? [];
    return rules.flatMap((rule) => {
      if (op === 'truncate' || rows === null) return rule.covers;
      try {
        return rows.flatMap(([before, after]) => checked(rule.invalidate(changeOf(rule, op, columns, before, after))));
      } catch (cause) {
        const problem = `The rule of ${table} failed for a change (${cause instanceof Error ? cause.message : cause})`;
        this.#failed(table, new LarderChangeFeedError('rule', problem, { cause }));
        return rule.covers;
      }
    });
  }
}

function changeOf(
  rule: TableRule,
  op: 'insert' | 'update' | 'delete',
  columns: readonly string[],
  before: readonly ColumnValue[] | null,
  after: readonly ColumnValue[] | null,
): Change {
  const old = rowOf(rule, columns, before);
  const young = rowOf(rule, columns, after);
  const rows = [old, young].filter((row) => row !== undefined);
  return { op, before: old, after: young, rows } as Change;
}

function rowOf(
  rule: TableRule,
  columns: readonly string[],
  values: readonly ColumnValue[] | null,
): Row<string> | undefined {
  if (values === null) return undefined;
  const row: Record<string, ColumnValue> = Object.create(null);
  for (const name of rule.columns) {
    const value = values[columns.indexOf(name)];
    // Written by the triggers of an older rule.
    if (value === undefined) throw new TypeError(`the log does not have its column ${name}`);
    row[name] = value;
  }
  return row;
}

function checked(targets: readonly Target[]): readonly Target[] {
  if (!Array.isArray(targets)) throw new TypeError('it did not answer a list of targets');
  for (const target of targets) {
    if (target instanceof Tag || target instanceof Pattern) continue;
    if (!Array.isArray(target)) throw new LarderKeyError('a target', 'is not a key, a tag or a pattern');
    encodePath(target as unknown as Key);
  }
  return targets;
}
