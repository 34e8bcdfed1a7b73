import { SystemClock } from '../../base/clock.js';
import { type PostgresAddress, Session } from '../../postgres/session.js';
import type { WantedTable } from './inspection.js';
import { INSTALLING, LOCK_CLASS } from './schema.js';
import { installStatements, removeStatements } from './statements.js';
import { findStatus, type TableStatus } from './status.js';
import type { TableName } from './table-name.js';

export interface InstallOptions {
  /** Returns the statements without running them. Default false. */
  readonly dryRun?: boolean;
  /** A role that gets the right to read the log; needed if the feed does not connect as its owner. Default: none. */
  readonly reader?: string;
}

/** Of a statement, in milliseconds. */
const TIMEOUT = 60_000;

/**
 * Installs or updates the triggers of the change feed, in one transaction. The rules that `onTable` makes name the tables and
 * columns. Can be run again at any time, and by several processes at once. Connect as the owner of the tables.
 *
 * @returns the statements
 * @throws LarderChangeFeedError that lists every table that cannot be watched and every conflicting trigger; installs nothing
 *
 * @example
 * ```ts
 * const calls = onTable('calls', { columns: ['user_id'], invalidate: ({ rows }) => rows.map((row) => ['calls', row.user_id]) });
 * await installTriggers('postgres://owner@localhost/shop', [calls]);
 * ```
 */
export function installTriggers(
  url: PostgresAddress,
  tables: readonly WantedTable[],
  { dryRun = false, reader }: InstallOptions = {},
): Promise<string[]> {
  return changed(url, dryRun, (session) => installStatements(session, tables, reader));
}

/**
 * Removes the triggers of these tables in one transaction; without tables, all triggers and the log.
 *
 * @returns the statements
 * @throws LarderChangeFeedError if a table is not watched, or the schema `larder` is not nest-larder's; removes nothing
 */
export function removeTriggers(
  url: PostgresAddress,
  tables: readonly TableName[],
  { dryRun = false }: Pick<InstallOptions, 'dryRun'> = {},
): Promise<string[]> {
  return changed(url, dryRun, (session) => removeStatements(session, tables));
}

/**
 * The watched tables, each with the problems because of which changes may be missed.
 *
 * @throws LarderChangeFeedError if the log is not nest-larder's, or has another format
 */
export function triggersStatus(url: PostgresAddress): Promise<TableStatus[]> {
  return onDatabase(url, findStatus);
}

function changed(
  url: PostgresAddress,
  dryRun: boolean,
  plan: (session: Session) => Promise<string[]>,
): Promise<string[]> {
  return onDatabase(url, async (session) => {
    if (dryRun) return plan(session);
    let statements: string[] = [];
    await session.transaction(async () => {
      // No other process may change the triggers between inspection and execution.
      await session.query('select pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, INSTALLING]);
      statements = await plan(session);
      for (const statement of statements) await session.query(statement);
    });
    return statements;
  });
}

/** Runs work on a session of its own. */
export async function onDatabase<T>(url: PostgresAddress, work: (session: Session) => Promise<T>): Promise<T> {
  const clock = new SystemClock();
  const session = await Session.open(url, { clock, timeout: TIMEOUT, applicationName: 'larder triggers' });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
