import type { FoundTrigger, Installed, InstalledWatch, Table } from './catalog.js';
import { FORMAT } from './schema.js';
import { showTable, type TableName } from './table-name.js';
import { EVENTS, functionBody, functionName, triggerName, type Watch } from './trigger-sql.js';

/** Most columns that fit into one row of the log. */
const MOST_COLUMNS = 100;

const KINDS: Readonly<Record<string, string>> = {
  v: 'a view; watch the tables below it',
  m: 'a materialised view, which no trigger can watch',
  f: 'a foreign table, which no statement trigger with its rows can watch',
  S: 'a sequence',
  c: 'a type',
};

/**
 * What makes a table impossible to watch: changes that no trigger would tell of must not be missed in silence.
 *
 * @param columns those that are asked for
 */
export function obstacles(name: TableName, table: Table | undefined, columns: readonly string[]): string[] {
  const shown = showTable(name);
  if (table === undefined) return [`There is no table ${shown}; see that its schema and its capital letters are right`];
  if (name.schema === 'larder' || name.schema === 'pg_catalog') return [`${shown} is not a table of yours`];
  const problems: string[] = [];
  for (const relation of table.family) {
    const place = relation === table.family[0] ? shown : `${showTable(relation)}, which belongs to ${shown},`;
    const kind = KINDS[relation.kind];
    if (kind !== undefined) problems.push(`${place} is ${kind}`);
    else if (relation.persistence === 'u')
      problems.push(`${place} is unlogged: a crash of the server empties it, and no trigger tells of that`);
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
  else if (watchOf(name, table, columns).columns.length > MOST_COLUMNS)
    problems.push(
      `${shown} is asked for more than ${MOST_COLUMNS} columns; ask for those that name what to invalidate`,
    );
  return problems;
}

/** What the triggers of a table have to write so that these columns are in it. */
export function watchOf(name: TableName, table: Table, asked: readonly string[]): Watch {
  const { primaryKey, family } = table;
  const chosen = [...new Set(asked)].sort();
  const names = new Set([...primaryKey, ...chosen]);
  const columns = [...names].flatMap((column) => table.columns.find((known) => known.name === column) ?? []);
  // Tables that inherit do not share the primary key: rows of different ones may have the same.
  const isUnique = family.slice(1).every(({ isPartition }) => isPartition);
  return { table: name, chosen, columns, key: isUnique ? primaryKey : [] };
}

/** What is missing so that every change of a table is told: nothing, if it is covered. */
export function gaps(
  watch: Watch,
  table: Table,
  triggers: readonly FoundTrigger[],
  functions: ReadonlyMap<string, string>,
): string[] {
  const shown = showTable(watch.table);
  const problems: string[] = [];
  const body = functions.get(functionName(watch.table));
  if (body === undefined) problems.push(`${shown} has no trigger function`);
  else if (body !== functionBody(watch))
    problems.push(`The triggers of ${shown} are not those of this version, or the table has changed since`);
  for (const relation of table.family) {
    const place = relation === table.family[0] ? shown : `${showTable(relation)}, which belongs to ${shown},`;
    const own = triggers.filter(({ oid }) => oid === relation.oid);
    const missing = EVENTS.filter((event) => !own.some((trigger) => isOurs(trigger, watch.table, event)));
    if (missing.length > 0) problems.push(`${place} has no trigger for ${missing.join(', ')}`);
    const off = own.filter(({ functionSchema, enabled }) => functionSchema === 'larder' && enabled !== 'A');
    if (off.length > 0)
      problems.push(`${place} has triggers that do not always fire: ${off.map(({ name }) => name).join(', ')}`);
  }
  return problems;
}

/** What keeps the log from being used as it is. */
export function formatProblem(installed: Installed | undefined): string | undefined {
  if (installed === undefined) return 'The change log is not complete';
  if (installed.format < FORMAT)
    return `The change log is of an older version (${installed.format}, and this program needs ${FORMAT})`;
  if (installed.format > FORMAT)
    return `The change log is of a newer version (${installed.format}, and this program knows ${FORMAT}); use the newer nest-larder`;
  return undefined;
}

export function currentWatch(installed: Installed | undefined, table: TableName): InstalledWatch | undefined {
  return installed?.watches.find((watch) => watch.current && isSame(watch.table, table));
}

export function isSame(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.name === other.name;
}

function isOurs(trigger: FoundTrigger, table: TableName, event: (typeof EVENTS)[number]): boolean {
  return (
    trigger.name === triggerName(table, event) &&
    trigger.functionSchema === 'larder' &&
    trigger.functionName === functionName(table)
  );
}
