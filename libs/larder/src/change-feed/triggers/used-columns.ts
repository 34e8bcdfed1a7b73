import { LarderChangeFeedError } from '../../base/errors.js';
import type { Database } from '../../postgres/session.js';
import type { WantedTable } from './inspection.js';
import { parseTable } from './table-name.js';

/** How queries whose results are cached use the columns of a table. */
interface TableUse {
  /** Columns whose values are dependencies. */
  readonly keys: ReadonlySet<string>;
  /** All columns that a query reads. */
  readonly read: ReadonlySet<string>;
}

/** By table. A table that is absent is not read by a cached query. */
export type UsedColumns = ReadonlyMap<string, TableUse>;

/** One thing that a query reads: a column, or with an empty name the table itself. */
export interface Use {
  readonly table: string;
  readonly column: string;
  /** Whether values of the column are dependencies. */
  readonly isKey: boolean;
}

/** What cached queries of any process use, remembered in the database. */
export async function readUses(database: Database): Promise<Use[]> {
  return database.query<Use>(
    'select table_name as "table", column_name as "column", is_key as "isKey" from larder.uses',
  );
}

/** The tables that cached queries read, with the columns whose values are dependencies. */
export async function usedTables(database: Database): Promise<WantedTable[]> {
  if (!(await hasUses(database))) return [];
  const used = usedColumnsOf(await readUses(database));
  return [...used].map(([table, { keys }]) => ({ table: parseTable(table), columns: [...keys] }));
}

/** Adds uses, inside a transaction. */
export async function addUses(database: Database, uses: readonly Use[]): Promise<void> {
  // A crash of the server must not lose what entries rest on.
  await database.query('set local synchronous_commit = on');
  await database.query(ADD, [
    uses.map(({ table }) => table),
    uses.map(({ column }) => column),
    uses.map(({ isKey }) => isKey),
  ]);
}

export function usedColumnsOf(uses: readonly Use[]): UsedColumns {
  const tables = new Map<string, { keys: Set<string>; read: Set<string> }>();
  for (const { table, column, isKey } of uses) {
    const use = tables.get(table) ?? { keys: new Set(), read: new Set() };
    tables.set(table, use);
    if (column === '') continue;
    use.read.add(column);
    if (isKey) use.keys.add(column);
  }
  return tables;
}

/**
 * @throws LarderChangeFeedError if the log was installed by a release that did not know used columns
 */
export async function demandUses(database: Database): Promise<void> {
  if (await hasUses(database)) return;
  throw new LarderChangeFeedError(
    'triggers',
    "The change log has no table of used columns, which dependsOn: 'queries' needs",
  );
}

async function hasUses(database: Database): Promise<boolean> {
  const [row] = await database.query<{ here: boolean }>(`select to_regclass('larder.uses') is not null as here`);
  return row?.here ?? false;
}

const ADD = `
insert into larder.uses (table_name, column_name, is_key) select * from unnest($1::text[], $2::text[], $3::boolean[])
on conflict do nothing`;
