import { LarderChangeFeedError } from '../../base/errors.js';
import type { Database } from '../../postgres/session.js';
import { type FoundTrigger, findTable, type Table } from './catalog.js';
import { ALWAYS, isOurs, isSame, obstacles, watchOf } from './coverage.js';
import { foreign, inspect, merged, refuse, type WantedTable } from './inspection.js';
import { FORMAT, grantsTo, LOG, NEW_LOG, STATE, UNLOG, UPGRADE } from './schema.js';
import { literal, quote, quoteTable, showTable, type TableName } from './table-name.js';
import { createFunction, createTriggers, EVENTS, triggerName } from './trigger-sql.js';
import { usedTables } from './used-columns.js';
import { functionName, type Watch, watchId } from './watch.js';

const LATER = 'The triggers are of a later release; use its nest-larder to change them';
/** Writers queue behind a statement that waits for its lock on a table: fail rather than block them. */
const SET_LOCK_TIMEOUT = "set local lock_timeout = '10s'";

/**
 * Statements, for one transaction, that make triggers log every change of these tables with at least these columns. They also
 * update what is installed, and can be repeated.
 *
 * @param reader a role that gets the right to read the log
 * @throws LarderChangeFeedError that lists every table that cannot be watched and every conflicting trigger
 */
export async function installStatements(
  database: Database,
  wanted: readonly WantedTable[],
  reader?: string,
): Promise<string[]> {
  const found = await inspect(database);
  const { schema, installed, triggers, fault } = found;
  // An older log is upgraded.
  if (fault !== undefined && !(installed && installed.format < FORMAT)) refuse([fault]);
  if (installed && installed.format > FORMAT) refuse([LATER]);
  const used = await watchable(database, schema === 'none' ? [] : await usedTables(database));
  const all = merged(installed, [...wanted, ...used]);
  if (all.length === 0) throw new LarderChangeFeedError('install', 'There is no table to watch; name one');
  const statements = [SET_LOCK_TIMEOUT, ...LOG, ...(installed === undefined ? [NEW_LOG] : [])];
  const last: string[] = [];
  const problems: string[] = [];
  for (const { table: name, columns: asked } of all) {
    const table = await findTable(database, name);
    const isWanted = wanted.some((one) => isSame(one.table, name));
    if (table === undefined && !isWanted) {
      statements.push(`drop function if exists larder.${functionName(name)}()`);
      last.push(noLongerCurrent(name));
      continue;
    }
    const columns = asked.filter((column) => isAskedFor(column, name, wanted) || hasColumn(table, column));
    const obstructed = [...obstacles(name, table, columns), ...foreign(name, triggers)];
    problems.push(...obstructed);
    if (table === undefined || obstructed.length > 0) continue;
    const watch = watchOf(name, table, columns);
    statements.push(...statementsFor(watch, table, triggers));
    last.push(noLongerCurrent(name), current(watch));
  }
  refuse(problems);
  // Tables first, then the log: writers lock them in this order, and another order would deadlock.
  const upgrade = installed && installed.format < FORMAT ? UPGRADE : [];
  const grants = reader === undefined ? [] : grantsTo(quote(reader));
  return [...statements, ...upgrade, ...STATE, ...last, ...grants];
}

/**
 * Statements, for one transaction, that remove the triggers of these tables; without tables, all triggers and the log.
 *
 * @throws LarderChangeFeedError if a table is not watched, or the schema `larder` is not nest-larder's
 */
export async function removeStatements(database: Database, tables: readonly TableName[]): Promise<string[]> {
  const { schema, installed, triggers, functions, fault } = await inspect(database);
  if (fault !== undefined) refuse([fault]);
  if (installed && installed.format > FORMAT) refuse([LATER]);
  if (schema === 'none') {
    refuse(tables.map((table) => `${showTable(table)} is not watched`));
    return [];
  }
  const watched = installed?.watches.filter(({ current }) => current) ?? [];
  refuse(
    tables
      .filter((table) => !watched.some((watch) => isSame(watch.table, table)))
      .map((table) => `${showTable(table)} is not watched`),
  );
  const isAll = tables.length === 0 || tables.length === watched.length;
  const removed = isAll ? [...functions.keys()].filter((name) => name.startsWith('log_')) : tables.map(functionName);
  const statements = [SET_LOCK_TIMEOUT];
  for (const trigger of triggers) {
    if (trigger.functionSchema === 'larder' && removed.includes(trigger.functionName))
      statements.push(dropTrigger(trigger.name, trigger.relation));
  }
  statements.push(...removed.map((name) => `drop function if exists larder.${name}()`));
  if (isAll) return [...statements, ...UNLOG];
  return [...statements, ...tables.map(noLongerCurrent)];
}

/** Of the tables that cached queries read, those that can be watched: the others are named where a query reads them. */
async function watchable(database: Database, tables: readonly WantedTable[]): Promise<WantedTable[]> {
  const found: WantedTable[] = [];
  for (const wanted of tables) {
    const table = await findTable(database, wanted.table);
    const columns = wanted.columns.filter((column) => hasColumn(table, column));
    if (obstacles(wanted.table, table, columns).length === 0) found.push({ ...wanted, columns });
  }
  return found;
}

function statementsFor(watch: Watch, { family }: Table, triggers: readonly FoundTrigger[]): string[] {
  const name = functionName(watch.table);
  const statements = [createFunction(watch), `revoke all on function larder.${name}() from public`];
  for (const relation of family) {
    // Replacing the function alone does not wait for writers; replacing triggers does.
    if (isComplete(watch.table, relation.oid, triggers)) continue;
    statements.push(...EVENTS.map((event) => dropTrigger(triggerName(watch.table, event), relation)));
    statements.push(...createTriggers(watch.table, relation));
  }
  // A detached partition, or a table that no longer inherits, would still log its changes.
  const left = triggers.filter(
    (trigger) => trigger.functionName === name && !family.some(({ oid }) => oid === trigger.oid),
  );
  statements.push(...left.map((trigger) => dropTrigger(trigger.name, trigger.relation)));
  return statements;
}

function isComplete(table: TableName, oid: string, triggers: readonly FoundTrigger[]): boolean {
  return EVENTS.every((event) =>
    triggers.some((trigger) => trigger.oid === oid && isOurs(trigger, table, event) && trigger.enabled === ALWAYS),
  );
}

function current(watch: Watch): string {
  const { table, chosen, columns, key, compared, computed } = watch;
  const names = columns.map(({ name }) => name);
  const values = [watchId(watch), table.schema, table.name].map(literal);
  return `insert into larder.watches (id, schema_name, table_name, columns, chosen, key, compared, computed, current)
  values (${values.join(', ')}, ${array(names)}, ${array(chosen)}, ${key.length}, ${array(compared)}, ${array(computed)}, true)
  on conflict (id) do update set chosen = excluded.chosen, compared = excluded.compared, computed = excluded.computed,
    current = true`;
}

function noLongerCurrent({ schema, name }: TableName): string {
  return `update larder.watches set current = false
  where current and schema_name = ${literal(schema)} and table_name = ${literal(name)}`;
}

function dropTrigger(name: string, relation: TableName): string {
  return `drop trigger if exists ${quote(name)} on ${quoteTable(relation)}`;
}

function array(texts: readonly string[]): string {
  return texts.length === 0 ? `'{}'` : `array[${texts.map(literal).join(', ')}]`;
}

function isAskedFor(column: string, name: TableName, wanted: readonly WantedTable[]): boolean {
  return wanted.some(({ table, columns }) => isSame(table, name) && columns.includes(column));
}

function hasColumn(table: Table | undefined, column: string): boolean {
  return table?.columns.some(({ name }) => name === column) ?? false;
}
