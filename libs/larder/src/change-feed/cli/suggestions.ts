import type { Database } from '../../postgres/session.js';
import { findTable } from '../triggers/catalog.js';
import { currentWatch, obstacles } from '../triggers/coverage.js';
import { inspect, refuse } from '../triggers/inspection.js';
import { findProblems } from '../triggers/status.js';
import { quoteTable, showTable } from '../triggers/table-name.js';
import { usedTables } from '../triggers/used-columns.js';
import { functionName } from '../triggers/watch.js';

/** A table that cached queries read, and what watching it costs those who write it. */
export interface Suggestion {
  readonly table: string;
  /** Columns whose values are dependencies. Without one, queries depend on the whole table. */
  readonly columns: readonly string[];
  /** Those of them that the triggers do not write yet. */
  readonly missing: readonly string[];
  /** Whether the table has triggers that log its changes. */
  readonly isWatched: boolean;
  /** Why it cannot be watched. */
  readonly obstacles: readonly string[];
  readonly writes: Writes;
  readonly cost: Cost;
}

/** What the server has counted. */
interface Writes {
  readonly rows: number;
  /** `null` if the server does not know since when it counts. */
  readonly perSecond: number | null;
}

/** What the triggers add to a statement that writes the table. */
interface Cost {
  readonly microseconds: number;
  /** `measured` by this server for this table (`track_functions`), or Larder's own benchmark on another one. */
  readonly from: 'measured' | 'benchmark';
}

/** Adds the used tables and columns, and names none: it takes them from the database too. */
export const INSTALL = 'npx nest-larder triggers install';

/** Fewer calls are no measurement. */
const MIN_CALLS = 100;
/** A statement for one row, by primary key (`bench/README.md`, The change feed). */
const BENCHMARK: Cost = { microseconds: 51, from: 'benchmark' };

/**
 * The tables that cached queries of any process read, those with something to add first.
 *
 * @throws LarderChangeFeedError if the log is not nest-larder's, or has another format
 */
export async function findSuggestions(database: Database): Promise<Suggestion[]> {
  const inspection = await inspect(database);
  if (inspection.fault !== undefined) refuse([inspection.fault]);
  const suggestions: Suggestion[] = [];
  // One after the other: a client of `pg` takes one query at a time.
  for (const { table: name, columns } of await usedTables(database)) {
    const watch = currentWatch(inspection.installed, name);
    const written = watch?.columns ?? [];
    const { gaps } = await findProblems(database, [{ table: name, columns: [] }]);
    suggestions.push({
      table: showTable(name),
      columns: [...columns].sort(),
      missing: columns.filter((column) => !written.includes(column)).sort(),
      isWatched: watch !== undefined && gaps.length === 0,
      obstacles: obstacles(name, await findTable(database, name), columns),
      ...(await countsOf(database, quoteTable(name), functionName(name))),
    });
  }
  return suggestions.sort((one, other) => rank(one) - rank(other) || (one.table < other.table ? -1 : 1));
}

/** Whether `install` would add something to the triggers of a table. */
export function isToDo({ isWatched, missing, obstacles: found }: Suggestion): boolean {
  return found.length === 0 && (!isWatched || missing.length > 0);
}

/** A suggestion for people. */
export function shown(suggestion: Suggestion): string {
  const { table, columns, missing, isWatched, obstacles: found, writes, cost } = suggestion;
  const keys = columns.length === 0 ? 'as a whole' : columns.join(', ');
  const state = isWatched ? (missing.length === 0 ? 'watched' : `TO ADD: ${missing.join(', ')}`) : 'NOT WATCHED';
  const rate =
    writes.perSecond === null
      ? `${writes.rows} rows written`
      : `${writes.perSecond.toPrecision(2)} rows written per second`;
  const origin = cost.from === 'measured' ? 'measured here' : "by Larder's benchmark, not measured here";
  return [
    `${table}: ${keys} – ${found.length > 0 ? 'CANNOT BE WATCHED' : state}`,
    ...found.map((problem) => `  ${problem}`),
    `  ${rate}; the triggers add about ${cost.microseconds} µs to a statement (${origin})`,
  ].join('\n');
}

function rank(suggestion: Suggestion): number {
  return isToDo(suggestion) ? 0 : 1;
}

async function countsOf(
  database: Database,
  table: string,
  trigger: string,
): Promise<Pick<Suggestion, 'writes' | 'cost'>> {
  const [row] = await database.query<{ rows: number; seconds: number | null; calls: number; milliseconds: number }>(
    COUNTS,
    [table, trigger],
  );
  const { rows = 0, seconds = null, calls = 0, milliseconds = 0 } = row ?? {};
  const cost: Cost =
    calls >= MIN_CALLS ? { microseconds: Math.round((1000 * milliseconds) / calls), from: 'measured' } : BENCHMARK;
  return { writes: { rows, perSecond: seconds === null || seconds <= 0 ? null : rows / seconds }, cost };
}

/** Of a partitioned table, the writes of its partitions. */
const COUNTS = `
select coalesce(sum(t.n_tup_ins + t.n_tup_upd + t.n_tup_del), 0)::float8 as rows,
  (select extract(epoch from now() - stats_reset)::float8 from pg_stat_database where datname = current_database()) as seconds,
  coalesce((select calls from pg_stat_user_functions where schemaname = 'larder' and funcname = $2), 0)::float8 as calls,
  coalesce((select total_time from pg_stat_user_functions where schemaname = 'larder' and funcname = $2), 0)::float8 as milliseconds
from pg_stat_user_tables t
where t.relid in (select to_regclass($1) union all select relid from pg_partition_tree(to_regclass($1)))`;
