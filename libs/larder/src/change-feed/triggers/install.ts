import { SystemClock } from '../../base/clock.js';
import { type PostgresAddress, Session } from '../../postgres/session.js';
import type { WantedTable } from './inspection.js';
import { INSTALLING, LOCK_CLASS } from './schema.js';
import { installStatements, removeStatements } from './statements.js';
import { findStatus, type TableStatus } from './status.js';
import type { TableName } from './table-name.js';

export interface InstallOptions {
  /** Only answers the statements. Default false. */
  readonly dryRun?: boolean;
  /** A role that shall read the log and does not own it. Default: none. */
  readonly reader?: string;
}

/** Milliseconds for a statement. */
const TIMEOUT = 60_000;

/**
 * Installs the triggers of the change feed, or brings them up to date, in one transaction. What `onTable` makes says which
 * tables and columns. May be run again at any time, by several at once. Needs the owner of the tables.
 *
 * @returns the statements
 * @throws LarderChangeFeedError listing everything that cannot be watched, or is not ours; nothing is installed then
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
 * Removes the triggers of these tables in one transaction; without any, all of them and the log.
 *
 * @returns the statements
 * @throws LarderChangeFeedError for what is not installed, or not ours; nothing is removed then
 */
export function removeTriggers(
  url: PostgresAddress,
  tables: readonly TableName[],
  { dryRun = false }: Pick<InstallOptions, 'dryRun'> = {},
): Promise<string[]> {
  return changed(url, dryRun, (session) => removeStatements(session, tables));
}

/**
 * Which tables are watched, and what is missing so that no change of them is missed.
 *
 * @throws LarderChangeFeedError if the log is not ours, or of another version
 */
export function triggersStatus(url: PostgresAddress): Promise<TableStatus[]> {
  return within(url, (session) => findStatus(session));
}

function changed(
  url: PostgresAddress,
  dryRun: boolean,
  plan: (session: Session) => Promise<string[]>,
): Promise<string[]> {
  return within(url, async (session) => {
    if (dryRun) return plan(session);
    let statements: string[] = [];
    await session.transaction(async () => {
      // What is there must not change between looking and doing.
      await session.query('select pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, INSTALLING]);
      statements = await plan(session);
      for (const statement of statements) await session.query(statement);
    });
    return statements;
  });
}

async function within<T>(url: PostgresAddress, work: (session: Session) => Promise<T>): Promise<T> {
  const clock = new SystemClock();
  const session = await Session.open(url, { clock, timeout: TIMEOUT, applicationName: 'larder triggers' });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
