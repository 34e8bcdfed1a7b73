import { LarderChangeFeedError } from '../../base/errors.js';
import type { Database } from '../../postgres/session.js';
import {
  type FoundTrigger,
  findFunctions,
  findInstalled,
  findSchema,
  findTable,
  findTriggers,
  type Installed,
  type Table,
} from './catalog.js';
import {
  ALWAYS,
  currentWatch,
  type FoundTriggers,
  formatProblem,
  gaps,
  isOurs,
  isSame,
  obstacles,
  watchOf,
} from './coverage.js';
import { FORMAT, grantsTo, LOG, NEW_LOG, STATE, UNLOG, UPGRADE } from './schema.js';
import { literal, quote, quoteTable, showTable, type TableName } from './table-name.js';
import {
  createFunction,
  createTriggers,
  EVENTS,
  functionName,
  triggerName,
  type Watch,
  watchId,
} from './trigger-sql.js';

/** A table and the columns of it that are wanted. */
export interface WantedTable {
  readonly table: TableName;
  readonly columns: readonly string[];
}

/** A watched table, and what is missing so that none of its changes is missed. */
export interface TableStatus {
  readonly table: string;
  readonly columns: readonly string[];
  readonly problems: readonly string[];
}

/** A table that is not told of in full, and why. */
interface Gap {
  readonly table: string;
  readonly problem: string;
}

/** What is wrong with the triggers and the log. */
export interface TriggerProblems {
  /** Why the log cannot be read at all. */
  readonly fault: string | undefined;
  readonly gaps: readonly Gap[];
  /** Whether the triggers are those of the release before: they are read, and know less. */
  readonly isOutdated: boolean;
}

const NO_PROBLEMS = { gaps: [], isOutdated: false } as const;
const OUTDATED =
  'The triggers are those of the release before: bring them up to date once all processes are of this one';
const LATER = 'The triggers are of a later release; use its nest-larder to change them';
/** Writers wait behind a statement that waits for its lock on a table: better to fail. */
const SET_LOCK_TIMEOUT = "set local lock_timeout = '10s'";
const MIN_SERVER_VERSION = 14;

/** The triggers of the change feed in one database: works out the SQL that installs and removes them, and what is there. */
export class Triggers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Statements, for one transaction, after which the triggers write every change of these tables with at least these columns.
   * What is installed already is brought up to date, and may be again at any time.
   *
   * @param reader a role that shall read the log and does not own it
   * @throws LarderChangeFeedError listing everything that cannot be watched or is not ours; then nothing is to be done
   */
  async install(wanted: readonly WantedTable[], reader?: string): Promise<string[]> {
    const found = await this.#inspect();
    const { installed, triggers, fault } = found;
    // An older log is brought up to date, as are its triggers.
    if (fault !== undefined && !(installed && installed.format < FORMAT)) refuse([fault]);
    if (installed && installed.format > FORMAT) refuse([LATER]);
    const all = merged(installed, wanted);
    if (all.length === 0) throw new LarderChangeFeedError('install', 'There is no table to watch: name one');
    const statements = [SET_LOCK_TIMEOUT, ...LOG, ...(installed === undefined ? [NEW_LOG] : [])];
    const last: string[] = [];
    const problems: string[] = [];
    for (const { table: name, columns: asked } of all) {
      const table = await findTable(this.#database, name);
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
    // Writers hold their table and wait for the log: who takes them in the other order would fail one of both.
    const upgrade = installed && installed.format < FORMAT ? UPGRADE : [];
    const grants = reader === undefined ? [] : grantsTo(quote(reader));
    return [...statements, ...upgrade, ...STATE, ...last, ...grants];
  }

  /**
   * Statements, for one transaction, that remove the triggers of these tables; without any, all of them and the log.
   *
   * @throws LarderChangeFeedError for what is not installed, or is not ours
   */
  async remove(tables: readonly TableName[]): Promise<string[]> {
    const { schema, installed, triggers, functions, fault } = await this.#inspect();
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

  /**
   * Every watched table with what is missing; empty if there is no log.
   *
   * @throws LarderChangeFeedError if the log is not ours, or of another version
   */
  async status(): Promise<TableStatus[]> {
    const inspection = await this.#inspect();
    const { installed, triggers, fault } = inspection;
    if (fault !== undefined) refuse([fault]);
    if (installed === undefined) return [];
    const current = installed.watches.filter((watch) => watch.current);
    const tables = await Promise.all(current.map((watch) => findTable(this.#database, watch.table)));
    return current.map(({ table: name, chosen, columns }, index) => {
      const table = tables[index];
      const found = [...obstacles(name, table, chosen), ...foreign(name, triggers)];
      const missing = table && found.length === 0 ? gaps(watchOf(name, table, chosen), table, inspection) : [];
      const outdated = installed.format < FORMAT ? [OUTDATED] : [];
      return { table: showTable(name), columns, problems: [...found, ...missing, ...outdated] };
    });
  }

  /**
   * What keeps the triggers from telling of every change of these tables with these columns, or the log from being read.
   *
   * @throws LarderChangeFeedError if that cannot be found out
   */
  async problems(wanted: readonly WantedTable[]): Promise<TriggerProblems> {
    const inspection = await this.#inspect();
    const { schema, installed, triggers, fault } = inspection;
    if (fault !== undefined) return { ...NO_PROBLEMS, fault };
    if (schema === 'none') return { ...NO_PROBLEMS, fault: 'The triggers are not installed' };
    const found: Gap[] = [];
    for (const { table: name, columns } of merged(undefined, wanted)) {
      const watch = currentWatch(installed, name);
      const table = await findTable(this.#database, name);
      const problems: string[] = [];
      const obstructed = obstacles(name, table, columns);
      if (table === undefined || obstructed.length > 0) problems.push(...obstructed);
      else if (watch === undefined) problems.push(`${showTable(name)} is not watched`);
      else {
        const lacking = columns.filter((column) => !watch.columns.includes(column));
        if (lacking.length > 0) problems.push(`The triggers of ${showTable(name)} do not write ${lacking.join(', ')}`);
        problems.push(...foreign(name, triggers), ...gaps(watchOf(name, table, watch.chosen), table, inspection));
      }
      found.push(...problems.map((problem) => ({ table: showTable(name), problem })));
    }
    return { fault: undefined, gaps: found, isOutdated: (installed?.format ?? FORMAT) < FORMAT };
  }

  async #inspect(): Promise<Inspection> {
    const none = { schema: 'none', installed: undefined, triggers: [], functions: new Map() } as const;
    const [version] = await this.#database.query<{ major: number }>(
      `select current_setting('server_version_num')::int / 10000 as major`,
    );
    const major = version?.major ?? 0;
    if (major < MIN_SERVER_VERSION)
      return {
        ...none,
        fault: `The server is PostgreSQL ${major}, and ${MIN_SERVER_VERSION} is the oldest that can do this`,
      };
    const schema = await findSchema(this.#database);
    if (schema === 'foreign')
      return {
        ...none,
        fault: 'There is a schema larder that is not of nest-larder; rename it, or use another database',
      };
    const triggers = await findTriggers(this.#database);
    if (schema === 'none') return { ...none, triggers, fault: undefined };
    const installed = await findInstalled(this.#database);
    const functions = await findFunctions(this.#database);
    return { schema, installed, triggers, functions, fault: formatProblem(installed) };
  }
}

/** What is in the database. */
interface Inspection extends FoundTriggers {
  readonly schema: 'none' | 'ours';
  /** Why it cannot be used as it is. */
  readonly fault: string | undefined;
}

function statementsFor(watch: Watch, { family }: Table, triggers: readonly FoundTrigger[]): string[] {
  const name = functionName(watch.table);
  const statements = [createFunction(watch), `revoke all on function larder.${name}() from public`];
  for (const relation of family) {
    // Nothing waits for writers where only the function is another one.
    if (isComplete(watch.table, relation.oid, triggers)) continue;
    statements.push(...EVENTS.map((event) => dropTrigger(triggerName(watch.table, event), relation)));
    statements.push(...createTriggers(watch.table, relation));
  }
  // A partition that was detached, or a table that no longer inherits, would go on telling of its changes.
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

/** Triggers with our names that are somebody else's. */
function foreign(table: TableName, triggers: readonly FoundTrigger[]): string[] {
  const names = EVENTS.map((event) => triggerName(table, event));
  return triggers
    .filter(({ name, functionSchema }) => names.includes(name) && functionSchema !== 'larder')
    .map(
      ({ name, relation }) =>
        `The trigger ${name} on ${showTable(relation)} is not of nest-larder; rename or drop it yourself`,
    );
}

/** What is watched and what shall be: columns are only added. */
function merged(installed: Installed | undefined, wanted: readonly WantedTable[]): WantedTable[] {
  const watched = installed?.watches.filter(({ current }) => current) ?? [];
  const all = new Map<string, WantedTable>();
  for (const { table, columns } of [...watched.map(({ table, chosen }) => ({ table, columns: chosen })), ...wanted]) {
    const known = all.get(showTable(table))?.columns ?? [];
    all.set(showTable(table), { table, columns: [...new Set([...known, ...columns])] });
  }
  return [...all.values()];
}

function isAskedFor(column: string, name: TableName, wanted: readonly WantedTable[]): boolean {
  return wanted.some(({ table, columns }) => isSame(table, name) && columns.includes(column));
}

function hasColumn(table: Table | undefined, column: string): boolean {
  return table?.columns.some(({ name }) => name === column) ?? false;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new LarderChangeFeedError('install', problems.join('; '));
}
