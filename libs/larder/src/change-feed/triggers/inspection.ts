import { LarderChangeFeedError } from '../../base/errors.js';
import type { Database } from '../../postgres/session.js';
import {
  type FoundTrigger,
  findFunctions,
  findInstalled,
  findSchema,
  findTriggers,
  type Installed,
} from './catalog.js';
import { type FoundTriggers, formatProblem } from './coverage.js';
import { showTable, type TableName } from './table-name.js';
import { EVENTS, triggerName } from './trigger-sql.js';

const MIN_SERVER_VERSION = 14;

/** A table and the columns that rules need. */
export interface WantedTable {
  readonly table: TableName;
  readonly columns: readonly string[];
}

/** What the catalog of the database contains. */
export interface Inspection extends FoundTriggers {
  readonly schema: 'none' | 'ours';
  /** Why the installed log cannot be used. */
  readonly fault: string | undefined;
}

export async function inspect(database: Database): Promise<Inspection> {
  const none = { schema: 'none', installed: undefined, triggers: [], functions: new Map() } as const;
  const [version] = await database.query<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  );
  const major = version?.major ?? 0;
  if (major < MIN_SERVER_VERSION)
    return {
      ...none,
      fault: `The server is PostgreSQL ${major}; the change feed needs ${MIN_SERVER_VERSION} or later`,
    };
  const schema = await findSchema(database);
  if (schema === 'foreign')
    return {
      ...none,
      fault: 'The schema larder was not made by nest-larder; rename it, or use another database',
    };
  const triggers = await findTriggers(database);
  if (schema === 'none') return { ...none, triggers, fault: undefined };
  const installed = await findInstalled(database);
  const functions = await findFunctions(database);
  return { schema, installed, triggers, functions, fault: formatProblem(installed) };
}

/** A problem for each trigger that has a name of Larder's and was made by another program. */
export function foreign(table: TableName, triggers: readonly FoundTrigger[]): string[] {
  const names = EVENTS.map((event) => triggerName(table, event));
  return triggers
    .filter(({ name, functionSchema }) => names.includes(name) && functionSchema !== 'larder')
    .map(
      ({ name, relation }) =>
        `The trigger ${name} on ${showTable(relation)} was not made by nest-larder; rename or drop it yourself`,
    );
}

/** The tables watched now and the wanted ones; columns are only added. */
export function merged(installed: Installed | undefined, wanted: readonly WantedTable[]): WantedTable[] {
  const watched = installed?.watches.filter(({ current }) => current) ?? [];
  const all = new Map<string, WantedTable>();
  for (const { table, columns } of [...watched.map(({ table, chosen }) => ({ table, columns: chosen })), ...wanted]) {
    const known = all.get(showTable(table))?.columns ?? [];
    all.set(showTable(table), { table, columns: [...new Set([...known, ...columns])] });
  }
  return [...all.values()];
}

/** @throws LarderChangeFeedError if there are problems */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new LarderChangeFeedError('install', problems.join('; '));
}
