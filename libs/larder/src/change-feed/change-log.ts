import type { Database } from '../postgres/session.js';
import { parseSnapshot } from './snapshot.js';
import type { ColumnValue } from './table-rule.js';
import { FORMER_FORMAT } from './triggers/schema.js';
import { showTable, type TableName } from './triggers/table-name.js';

/** Rows of the log in a page, at most. */
const MAX_PAGE_ROWS = 1000;
/** Changes in a page: no row of the log is added to it after these. */
const MAX_PAGE_CHANGES = 5000;
/** Rows that are deleted at a time. */
const TRIM_BATCH_SIZE = 10_000;

/** Up to where the log has been read. */
export interface LogPosition {
  /** The snapshot in which everything that could be seen has been read. */
  readonly read: string;
  /** The snapshot that is being read; what could be seen in it is read up to the row (`xid`, `id`). */
  readonly target: string | null;
  readonly xid: string;
  readonly id: string;
}

/** A row of the log: what one statement changed, or a part of it. */
export interface Logged {
  readonly xid: string;
  readonly id: string;
  readonly watch: string;
  readonly op: 'insert' | 'update' | 'delete' | 'truncate';
  readonly size: number;
  /** The rows before and after, each as the values of every column, in the order in which rows were changed. */
  readonly rows: readonly [LoggedColumns | null, LoggedColumns | null] | null;
  /** Columns of which the text may have changed in one of these rows; null if that is not known. */
  readonly changed: readonly string[] | null;
  /** The write that the transaction says it belongs to. */
  readonly mark: string | null;
  /** The W3C traceparent that the transaction gave. */
  readonly trace: string | null;
  /** Milliseconds since it was written. */
  readonly age: number;
}

/** For each column its values. */
export type LoggedColumns = readonly (readonly ColumnValue[])[];

/** What rows in the log hold. */
export interface WatchedColumns {
  readonly table: string;
  readonly columns: readonly string[];
  /** How many of the first columns tell which row before belongs to which row after; 0 if none do. */
  readonly key: number;
}

export interface Page {
  readonly logged: readonly Logged[];
  /** Where to go on once these were delivered. */
  readonly next: LogPosition;
  /** Whether nothing is left of what could be seen when the reading began. */
  readonly isLast: boolean;
  /** Why changes after the position may be missing, if they may. */
  readonly missed: 'retention' | 'restored' | undefined;
}

/** The change log of a database, as one reader sees it. */
export class ChangeLog {
  readonly #database: NamedDatabase;
  readonly #isNamed: boolean;
  readonly #watches = new Map<string, WatchedColumns>();
  /** Of the log when it was last looked at. One that was read before it was raised has less in its rows, and says so. */
  #format: number | undefined;

  /** @param isNamed whether statements may be prepared on the connection: not behind a pooler */
  constructor(database: NamedDatabase, isNamed: boolean) {
    this.#database = database;
    this.#isNamed = isNamed;
  }

  /** Where the log ends now. */
  async end(): Promise<LogPosition> {
    const [row] = await this.#database.query<{ read: string }>('select pg_current_snapshot()::text as read');
    return atEnd((row as { read: string }).read);
  }

  /** What has been committed and not been read: everything that can be seen now, in batches. */
  async read(position: LogPosition): Promise<Page> {
    const read = parseSnapshot(position.read);
    const values = [`{${read.running.join(',')}}`, String(read.xmax), position.target, position.xid, position.id];
    this.#format ??= await this.#readFormat();
    const name = this.#isNamed ? `larder-read-${this.#format > FORMER_FORMAT ? 2 : 1}` : undefined;
    const rows = await this.#database.query<FoundRow>(this.#format > FORMER_FORMAT ? READ : READ_FORMER, values, name);
    const { target, now, missed } = rows[0] as FoundRow;
    const isRestored = BigInt(now) < read.xmax;
    const logged = rows.filter((row): row is FoundRow & Logged => row.id !== null);
    const size = logged.reduce((sum, row) => sum + row.size, 0);
    const isLast = logged.length < MAX_PAGE_ROWS && size < MAX_PAGE_CHANGES;
    const last = logged.at(-1);
    const next = isLast || last === undefined ? atEnd(target) : { ...position, target, xid: last.xid, id: last.id };
    return { logged, next, isLast, missed: isRestored ? 'restored' : missed ? 'retention' : undefined };
  }

  /** What rows of the log hold that name this watch. */
  async watch(id: string): Promise<WatchedColumns | undefined> {
    if (!this.#watches.has(id)) await this.#readWatches();
    return this.#watches.get(id);
  }

  /** Where a reader left off, if it is known, and whether that was in this very history of this database. */
  async load(name: string, history: string): Promise<{ position: LogPosition; isSameHistory: boolean } | undefined> {
    const [row] = await this.#database.query<LogPosition & { history: string }>(
      `select read::text as read, target::text as target, xid::text as xid, id::text as id, history
       from larder.cursors where name = $1`,
      [name],
    );
    return row && { position: row, isSameHistory: row.history === history };
  }

  async save(name: string, { read, target, xid, id }: LogPosition, history: string): Promise<void> {
    await this.#database.query(SAVE, [name, read, target, xid, id, history]);
  }

  async forget(name: string): Promise<void> {
    await this.#database.query('delete from larder.cursors where name = $1', [name]);
  }

  /** Names the database and its course: another one after it was restored, or after a standby was promoted. */
  async history(): Promise<string> {
    const [row] = await this.#database.query<{ history: string; standby: boolean }>(HISTORY);
    return row?.history ?? '';
  }

  /**
   * Deletes what is older, or more, than is kept, and was read by this reader; and what readers left behind that did not come
   * back.
   *
   * @param retention milliseconds
   * @returns how many rows are gone
   */
  async trim(position: LogPosition, retention: number, maxLogRows: number): Promise<number> {
    let gone = 0;
    for (;;) {
      const [row] = await this.#database.query<{ gone: number }>(TRIM, [position.read, retention, maxLogRows]);
      gone += row?.gone ?? 0;
      if ((row?.gone ?? 0) < TRIM_BATCH_SIZE) break;
    }
    await this.#database.query(FORGET_READERS, [retention]);
    return gone;
  }

  async #readFormat(): Promise<number> {
    const [state] = await this.#database.query<{ format: number }>('select format from larder.state');
    return state?.format ?? FORMER_FORMAT;
  }

  async #readWatches(): Promise<void> {
    // Triggers of another format have other watches.
    this.#format = undefined;
    const rows = await this.#database.query<{ id: string; table: TableName; columns: string[]; key: number }>(
      `select id, json_build_object('schema', schema_name, 'name', table_name) as table, columns, key from larder.watches`,
    );
    for (const { id, table, columns, key } of rows) this.#watches.set(id, { table: showTable(table), columns, key });
  }
}

/** A database that can keep a statement by a name. */
export interface NamedDatabase extends Database {
  query<Row>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
}

interface FoundRow extends Omit<Logged, 'id'> {
  readonly id: string | null;
  readonly target: string;
  readonly now: string;
  readonly missed: boolean;
}

function atEnd(read: string): LogPosition {
  return { read, target: null, xid: '0', id: '0' };
}

/** Rows of the log that can be seen in the target and come after the position, by how they are found in the index. */
function unread(which: string, columns: string): string {
  return `(select c.xid, c.id, c.at, c.watch, c.op, c.size, c.rows, ${columns} from larder.changes c
      where ${which} and (c.xid, c.id) > ($4::xid8, $5::bigint) and pg_visible_in_snapshot(c.xid, moment.target)
      order by c.xid, c.id limit ${MAX_PAGE_ROWS})`;
}

// Unread is what was under way in the snapshot that was read, or began after it. That is exact, whatever the order of commits.
const read = (columns: string) => `
with moment as materialized (
  select coalesce($3::pg_snapshot, pg_current_snapshot()) as target, pg_snapshot_xmax(pg_current_snapshot()) as now,
    coalesce(s.trimmed >= $2::xid8 or exists (
      select from unnest($1::xid8[]) u where u <= s.trimmed and pg_visible_in_snapshot(u, s.seen)), false) as missed
  from larder.state s
)
select moment.target::text as target, moment.now::text as now, moment.missed, page.xid::text as xid, page.id::text as id,
  page.watch, page.size, page.rows, page.changed, page.mark, page.trace, extract(epoch from clock_timestamp() - page.at)::float8 * 1000 as age,
  case page.op when 'i' then 'insert' when 'u' then 'update' when 'd' then 'delete' else 'truncate' end as op
from moment left join lateral (
  select * from (
    select found.*, sum(found.size) over (order by found.xid, found.id) - found.size as before_it from (
      ${unread('c.xid = any($1::xid8[])', columns)}
      union all
      ${unread('c.xid >= $2::xid8', columns)}
    ) found order by found.xid, found.id limit ${MAX_PAGE_ROWS}
  ) counted where counted.before_it < ${MAX_PAGE_CHANGES}
) page on true
order by page.xid, page.id`;

const READ = read('c.changed, c.mark, c.trace');
const READ_FORMER = read('null::text[] as changed, null::text as mark, null::text as trace');

const SAVE = `
insert into larder.cursors (name, read, target, xid, id, history, saved_at)
values ($1, $2::pg_snapshot, $3::pg_snapshot, $4::xid8, $5::bigint, $6, now())
on conflict (name) do update set read = excluded.read, target = excluded.target, xid = excluded.xid, id = excluded.id,
  history = excluded.history, saved_at = excluded.saved_at`;

// A copy of a database is another one, and so is what a standby makes of it when it takes over.
const HISTORY = `
select concat_ws('/', (select system_identifier from pg_control_system()),
  (select oid from pg_database where datname = current_database()), left(pg_walfile_name(pg_current_wal_lsn()), 8)) as history`;

const TRIM = `
with oldest as (
  select xid, id, at from larder.changes order by xid, id limit ${TRIM_BATCH_SIZE}
), newest as (
  select id from larder.changes order by xid desc, id desc limit 1
), border as (
  select xid, id from oldest where pg_visible_in_snapshot(xid, $1::pg_snapshot)
    and (at < now() - $2::float8 * interval '1 millisecond' or id <= (select id from newest) - $3::bigint)
  order by xid desc, id desc limit 1
), gone as (
  delete from larder.changes c using border b
  where (c.xid, c.id) <= (b.xid, b.id) and pg_visible_in_snapshot(c.xid, $1::pg_snapshot) returning 1
)
update larder.state s set trimmed = greatest(s.trimmed, b.xid),
  seen = case when s.seen is null
    or (pg_snapshot_xmax($1::pg_snapshot), pg_snapshot_xmin($1::pg_snapshot)) >= (pg_snapshot_xmax(s.seen), pg_snapshot_xmin(s.seen))
    then $1::pg_snapshot else s.seen end
from border b returning (select count(*) from gone)::int as gone`;

const FORGET_READERS = `
delete from larder.cursors where saved_at < now() - greatest($1::float8 * interval '1 millisecond', interval '1 day')`;
