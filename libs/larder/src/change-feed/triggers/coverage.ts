import type { FoundFunction, FoundTrigger, Installed, InstalledWatch, Table } from './catalog.js';
import { functionBody } from './function-body.js';
import { FORMAT, FORMER_FORMAT } from './schema.js';
import { literal, showTable, type TableName } from './table-name.js';
import { EVENTS, settingsOf, triggerName } from './trigger-sql.js';
import { functionName, type Watch, watchId } from './watch.js';

/** How many columns fit into one row of the log. */
const MAX_COLUMNS = 100;

/** `tgenabled` of a trigger that also fires in sessions with `session_replication_role = replica`. */
export const ALWAYS = 'A';

const KINDS: Readonly<Record<string, string>> = {
  v: 'a view; watch the tables below it',
  m: 'a materialised view, which no trigger can watch',
  f: 'a foreign table, which no statement trigger with its rows can watch',
  S: 'a sequence',
  c: 'a type',
};

/**
 * Reasons why a table cannot be watched. Without this check, changes that fire no trigger would be missed silently.
 *
 * @param columns the columns that a rule needs
 */
export function obstacles(name: TableName, table: Table | undefined, columns: readonly string[]): string[] {
  const shown = showTable(name);
  if (table === undefined) return [`There is no table ${shown}; check its schema and its capital letters`];
  if (name.schema === 'larder' || name.schema === 'pg_catalog') return [`${shown} is not a table of yours`];
  const problems: string[] = [];
  for (const relation of table.family) {
    const place = relation === table.family[0] ? shown : `${showTable(relation)}, which belongs to ${shown},`;
    const kind = KINDS[relation.kind];
    if (kind !== undefined) problems.push(`${place} is ${kind}`);
    else if (relation.persistence === 'u')
      problems.push(`${place} is unlogged: a crash of the server empties it without firing a trigger`);
    else if (relation.persistence === 't') problems.push(`${place} is temporary`);
    if (relation.isSubscribed)
      problems.push(
        `${place} is written by a subscription, for which PostgreSQL runs no statement triggers; watch it where it is published`,
      );
  }
  if (problems.length > 0) return problems;
  const known = table.columns.map((column) => column.name);
  const missing = columns.filter((column) => !known.includes(column));
  if (missing.length > 0)
    problems.push(`${shown} has no column ${missing.join(', ')}; it has ${known.join(', ') || 'none'}`);
  const virtual = table.columns.filter((column) => column.isVirtual && columns.includes(column.name));
  if (virtual.length > 0)
    problems.push(
      `${shown} computes ${virtual.map((column) => column.name).join(', ')} when it is read, and triggers do not see it; name the columns that it is computed from`,
    );
  if (missing.length === 0 && watchOf(name, table, columns).columns.length > MAX_COLUMNS)
    problems.push(
      `The rule of ${shown} names more than ${MAX_COLUMNS} columns; name only those that it needs to find targets`,
    );
  return problems;
}

/** What the triggers of a table must write so that a rule sees these columns. */
export function watchOf(name: TableName, table: Table, asked: readonly string[]): Watch {
  const { primaryKey, family } = table;
  const chosen = [...new Set(asked)].sort();
  const names = new Set([...primaryKey, ...chosen]);
  const columns = [...names].flatMap((column) => table.columns.find((known) => known.name === column) ?? []);
  // A table that inherits has its own primary key: its rows may have the same keys as those of its parent.
  const isUnique = family.slice(1).every(({ isPartition }) => isPartition);
  const [computed, compared] = [true, false].map((isVirtual) =>
    table.columns.filter((column) => column.isVirtual === isVirtual).map((column) => column.name),
  ) as [string[], string[]];
  return { table: name, chosen, columns, key: isUnique ? primaryKey : [], compared, computed };
}

/** The installed log, triggers and functions. */
export interface FoundTriggers {
  readonly installed: Installed | undefined;
  readonly triggers: readonly FoundTrigger[];
  readonly functions: ReadonlyMap<string, FoundFunction>;
}

/** Problems because of which changes of a table are not logged; empty if all are. */
export function gaps(watch: Watch, table: Table, { installed, triggers, functions }: FoundTriggers): string[] {
  const shown = showTable(watch.table);
  const problems: string[] = [];
  const written = functions.get(functionName(watch.table));
  if (written === undefined) problems.push(`${shown} has no trigger function`);
  else if (!isAsItShouldBe(written, watch, installed))
    problems.push(`The triggers of ${shown} are not those of this version, or the table has changed since`);
  for (const relation of table.family) {
    const place = relation === table.family[0] ? shown : `${showTable(relation)}, which belongs to ${shown},`;
    const own = triggers.filter(({ oid }) => oid === relation.oid);
    const missing = EVENTS.filter((event) => !own.some((trigger) => isOurs(trigger, watch.table, event)));
    if (missing.length > 0) problems.push(`${place} has no trigger for ${missing.join(', ')}`);
    const off = own.filter(({ functionSchema, enabled }) => functionSchema === 'larder' && enabled !== ALWAYS);
    if (off.length > 0)
      problems.push(`${place} has triggers that do not always fire: ${off.map(({ name }) => name).join(', ')}`);
  }
  return problems;
}

/** Whether a function writes what the watch needs. Functions of a later release are trusted: this one cannot compare them. */
function isAsItShouldBe({ body, settings }: FoundFunction, watch: Watch, installed: Installed | undefined): boolean {
  const current = currentWatch(installed, watch.table);
  if (installed === undefined || current === undefined) return false;
  if (installed.format > FORMAT) return true;
  if (installed.format === FORMER_FORMAT) {
    const id = watchId(watch, FORMER_FORMAT);
    return current.id === id && body.includes(literal(id));
  }
  // A column added later is not compared: `changed` is then unknown, and no change is missed.
  const { compared, computed } = current;
  const pinned = Object.entries(settingsOf(watch)).map(([name, value]) => `${name}=${value}`);
  const isPinned = pinned.every((one) => settings.some((setting) => isSameSetting(setting, one)));
  return isPinned && body === functionBody({ ...watch, compared, computed });
}

/** PostgreSQL normalises the case of names, and the spaces and quotes of lists. */
function isSameSetting(one: string, other: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[ "]/g, '');
  return plain(one) === plain(other);
}

/** Why the installed log cannot be used, or undefined. */
export function formatProblem(installed: Installed | undefined): string | undefined {
  if (installed === undefined) return 'The change log is incomplete';
  if (installed.format < FORMER_FORMAT)
    return `The change log has an older format (${installed.format}; this program needs ${FORMAT})`;
  if (installed.readableFrom > FORMAT)
    return `The change log has a newer format (${installed.format}; this program knows ${FORMAT}); use the newer nest-larder`;
  return undefined;
}

export function currentWatch(installed: Installed | undefined, table: TableName): InstalledWatch | undefined {
  return installed?.watches.find((watch) => watch.current && isSame(watch.table, table));
}

export function isSame(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.name === other.name;
}

export function isOurs(trigger: FoundTrigger, table: TableName, event: (typeof EVENTS)[number]): boolean {
  return (
    trigger.name === triggerName(table, event) &&
    trigger.functionSchema === 'larder' &&
    trigger.functionName === functionName(table)
  );
}
