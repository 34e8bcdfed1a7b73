import { getTableColumns, getTableName, type InferInsertModel, sql } from 'drizzle-orm';
import type { PgSequence, PgTable } from 'drizzle-orm/pg-core';
import type { Transaction } from '../../platform/database/database.js';

/** Inserts all rows with one statement and one JSON parameter: one parameter per value would exceed PostgreSQL's limit. */
export async function fill<Table extends PgTable>(
  transaction: Transaction,
  table: Table,
  rows: readonly InferInsertModel<Table>[],
): Promise<void> {
  const name = sql.identifier(getTableName(table));
  const columns = columnsGiven(table, rows);
  const names = sql.join(
    columns.map(([, column]) => sql.identifier(column)),
    sql`, `,
  );
  const json = JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map(([key, column]) => [column, row[key]]))),
  );
  await transaction.execute(
    sql`insert into ${name} (${names}) select ${names} from json_populate_recordset(null::${name}, ${json}::json)`,
  );
}

/** The same for rows with ids from 1; sets the sequence to continue after them. */
export async function fillNumbered<Table extends PgTable>(
  transaction: Transaction,
  table: Table,
  sequence: PgSequence,
  rows: readonly InferInsertModel<Table>[],
): Promise<void> {
  await fill(transaction, table, rows);
  await transaction.execute(sql`select setval(${sequence.seqName}, ${rows.length})`);
}

function columnsGiven<Table extends PgTable>(table: Table, rows: readonly InferInsertModel<Table>[]) {
  const given = new Set(rows.flatMap((row) => Object.keys(row)));
  return Object.entries(getTableColumns(table))
    .filter(([key]) => given.has(key))
    .map(([key, column]) => [key as keyof InferInsertModel<Table>, column.name] as const);
}
