import { inspect } from 'node:util';
import type { AuditRule } from '../policy/audit-rule.js';
import { isCovered, patternOf, showPath } from '../policy/audit-rule.js';
import type { StaleDifference, StaleRead, StaleTable, SuspectedChange } from '../state/stale-read.js';
import { type Difference, FailedLoad } from './differences.js';
import type { RecentChange } from './recent-changes.js';
import type { TableRead } from './suspects.js';

const MAX_KEY_LENGTH = 200;
const MAX_TEXT_LENGTH = 120;
const MAX_DIFFERENCES = 10;
const MAX_TABLES = 3;

export interface Finding {
  readonly method: string | undefined;
  readonly path: string;
  readonly rule: AuditRule;
  readonly showsValues: boolean;
  readonly differences: readonly Difference[];
  readonly loadedAt: number;
  readonly servedAt: number;
  readonly suspects: readonly RecentChange[];
  /** Whether the suspects share a value with the stale one. */
  readonly isLikely: boolean;
  /** What its load reads, the likely tables first. */
  readonly read: readonly TableRead[];
  readonly dependsOnQueries: boolean;
}

/** The finding as callers get it. */
export function staleReadOf(finding: Finding): StaleRead {
  const { method, path, loadedAt, servedAt } = finding;
  const key = path.length > MAX_KEY_LENGTH ? `${path.slice(0, MAX_KEY_LENGTH - 1)}…` : path;
  const differences = finding.differences.slice(0, MAX_DIFFERENCES).map((one) => shownDifference(one, finding));
  const changedBy = finding.suspects.map(
    ({ kind, name, targets, at }): SuspectedChange => ({ kind, name, targets, after: Math.max(0, at - loadedAt) }),
  );
  const differing = finding.differences.length;
  const tables = finding.read.slice(0, MAX_TABLES).map(
    ({ table, query, change, returnsChange }): StaleTable => ({
      table,
      query,
      changedAfter: change && Math.max(0, change.at - loadedAt),
      returnsChange,
    }),
  );
  const read = { method, key, differences, differing, age: servedAt - loadedAt, changedBy, tables };
  return { ...read, message: messageOf(read, finding) };
}

function shownDifference(
  { path, served, fresh, isOrder }: Difference,
  { rule, showsValues }: Finding,
): StaleDifference {
  if (isOrder) return { path: showPath(path), served: undefined, fresh: undefined, isOrder };
  const isHidden = !showsValues || rule.redact === true || isCovered(path, rule.redact);
  const show = (value: unknown) => (isHidden ? undefined : textOf(value));
  return { path: showPath(path), served: show(served), fresh: show(fresh) };
}

function textOf(value: unknown): string {
  if (value instanceof FailedLoad) return value.text;
  const options = {
    depth: 1,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 3,
    maxStringLength: MAX_TEXT_LENGTH,
  };
  const text = inspect(value, options);
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

function messageOf(read: Omit<StaleRead, 'message'>, { differences, isLikely, dependsOnQueries }: Finding): string {
  const { method = 'A call of the cache', key, differing, age, changedBy, tables } = read;
  const lines = [
    `${method} served a stale value of ${key}, ${seconds(age)} after its load; nothing has invalidated it.`,
    ...read.differences.map(lineOf),
  ];
  const rest = differing - read.differences.length;
  if (rest > 0) lines.push(`  and ${rest} more`);
  const paths = [...new Set(differences.map(({ path }) => patternOf(path)))].slice(0, 3);
  const parts = paths.includes('') ? 'this value' : paths.map((path) => `\`${path}\``).join(', ');
  const [first, ...others] = isLikely ? changedBy : [];
  if (first !== undefined) lines.push(`${sentenceOf(first, dependsOnQueries)}; the answer also contains ${parts}.`);
  const unlikely = isLikely ? others : changedBy;
  if (unlikely.length > 0)
    lines.push(`${first === undefined ? 'C' : 'Other c'}hanges since its load: ${namesOf(unlikely)}.`);
  else if (first === undefined)
    lines.push('What changed it is unknown: this process knows of no write since its load.');
  lines.push(...tables.map(readLineOf), mendLineOf(key, tables, dependsOnQueries));
  if (differences.some(({ isOrder }) => isOrder))
    lines.push('If a query returns its rows in any order, add an ORDER BY, or declare it: audit: { unordered: true }.');
  if (!paths.includes('')) {
    const ignored = paths.map((path) => `'${path}'`).join(', ');
    lines.push(`If the difference is meant, declare it: audit: { ignore: [${ignored}] }.`);
  }
  return lines.join('\n');
}

function lineOf({ path, served, fresh, isOrder }: StaleDifference): string {
  if (isOrder) return `  ${path} has the same elements in another order`;
  return `  ${path}${served === undefined ? ' differs' : `: served ${served}, a fresh load returns ${fresh}`}`;
}

function readLineOf({ table, query, changedAfter, returnsChange }: StaleTable): string {
  const changed = changedAfter === undefined ? '' : `, which changed ${seconds(changedAfter)} after the load`;
  return `The load reads ${table}${changed}, by: ${query}${returnsChange ? ' (returns the new value)' : ''}`;
}

function mendLineOf(key: string, tables: readonly StaleTable[], dependsOnQueries: boolean): string {
  if (dependsOnQueries)
    return (
      'To mend it, run `npx nest-larder doctor`: its change was not logged. Or the load reads something else than the database, ' +
      'such as a variable or another service.'
    );
  const line = `To mend it, add the key to the targets of what changed it: ${key}, or a prefix or tag of it`;
  return tables.length > 0 ? `${line}; or let the value follow its queries: dependsOn: 'queries'.` : `${line}.`;
}

function sentenceOf({ kind, name, targets, after }: SuspectedChange, dependsOnQueries: boolean): string {
  const when = `${seconds(after)} after the load`;
  if (kind === 'row' && dependsOnQueries) return `A row of ${name} changed ${when}`;
  if (kind === 'row') return `A row of ${name} changed ${when}, and no rule of the change feed invalidates this value`;
  const named = targets.length > 0 ? targets.join(', ') : 'nothing';
  return `${name} invalidated ${named} ${when}`;
}

function namesOf(changes: readonly SuspectedChange[]): string {
  return changes.map(({ kind, name }) => (kind === 'row' ? `a row of ${name}` : name)).join(', ');
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
