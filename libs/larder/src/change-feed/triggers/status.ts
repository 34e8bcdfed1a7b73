import type { Database } from '../../postgres/session.js';
import { findTable } from './catalog.js';
import { currentWatch, gaps, obstacles, watchOf } from './coverage.js';
import { foreign, inspect, merged, refuse, type WantedTable } from './inspection.js';
import { FORMAT } from './schema.js';
import { showTable } from './table-name.js';

/** A watched table, and the problems because of which its changes may be missed. */
export interface TableStatus {
  readonly table: string;
  readonly columns: readonly string[];
  readonly problems: readonly string[];
}

/** A table whose changes are not all logged, and why. */
interface Gap {
  readonly table: string;
  readonly problem: string;
}

/** Problems of the triggers and the log. */
export interface TriggerProblems {
  /** Why the log cannot be read at all. */
  readonly fault: string | undefined;
  readonly gaps: readonly Gap[];
  /** Whether the triggers are those of the former release: the feed reads what they write, which is less. */
  readonly isOutdated: boolean;
}

const NO_PROBLEMS = { gaps: [], isOutdated: false } as const;
const OUTDATED = 'The triggers are those of the former release: update them when all processes run this release';

/**
 * Every watched table with its problems; empty if there is no log.
 *
 * @throws LarderChangeFeedError if the log is not nest-larder's, or has another format
 */
export async function findStatus(database: Database): Promise<TableStatus[]> {
  const inspection = await inspect(database);
  const { installed, triggers, fault } = inspection;
  if (fault !== undefined) refuse([fault]);
  if (installed === undefined) return [];
  const current = installed.watches.filter((watch) => watch.current);
  const outdated = installed.format < FORMAT ? [OUTDATED] : [];
  const statuses: TableStatus[] = [];
  // One after the other: a client of `pg` takes one query at a time.
  for (const { table: name, chosen, columns } of current) {
    const table = await findTable(database, name);
    const found = [...obstacles(name, table, chosen), ...foreign(name, triggers)];
    const missing = table && found.length === 0 ? gaps(watchOf(name, table, chosen), table, inspection) : [];
    statuses.push({ table: showTable(name), columns, problems: [...found, ...missing, ...outdated] });
  }
  return statuses;
}

/**
 * Problems because of which changes of these tables and columns are not logged, or the log cannot be read.
 *
 * @throws LarderChangeFeedError if a query fails
 */
export async function findProblems(database: Database, wanted: readonly WantedTable[]): Promise<TriggerProblems> {
  const inspection = await inspect(database);
  const { schema, installed, triggers, fault } = inspection;
  if (fault !== undefined) return { ...NO_PROBLEMS, fault };
  if (schema === 'none') return { ...NO_PROBLEMS, fault: 'The triggers are not installed' };
  const found: Gap[] = [];
  for (const { table: name, columns } of merged(undefined, wanted)) {
    const watch = currentWatch(installed, name);
    const table = await findTable(database, name);
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
