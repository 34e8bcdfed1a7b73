import type { Database } from '../postgres/session.js';
import { parseSnapshot } from './position/snapshot.js';
import type { ColumnValue } from './table-rule.js';
import { FORMER_FORMAT } from './triggers/schema.js';
import { showTable, type TableName } from './triggers/table-name.js';

/** Maximum number of log rows in a page. */
const MAX_PAGE_ROWS = 1000;
/** A page ends with the log row that reaches this number of changes. */
const MAX_PAGE_CHANGES = 5000;
/** How many rows one statement deletes. */
const TRIM_BATCH_SIZE = 10_000;

/** How far a reader has read the log. */
export interface LogPosition {
  /** Everything visible in this snapshot has been read. */
  readonly read: string;
  /** The snapshot that is being read; rows visible in it are read up to the row (`xid`, `id`). */
  readonly target: string | null;
  readonly xid: string;
  readonly id: string;
}

/** A row of the log: the changes of one statement, or a part of them. */
export interface Logged {
  readonly xid: string;
  readonly id: string;
  readonly watch: string;
  readonly op: 'insert' | 'update' | 'delete' | 'truncate';
  readonly size: number;
  /** The rows before and after, column by column, in the order in which they were changed. */
  readonly rows: readonly [LoggedColumns | null, LoggedColumns | null] | null;
  /** Columns whose text may have changed in one of these rows; null if unknown. */
  readonly changed: readonly string[] | null;
  /** The write to which the transaction says it belongs. */
  readonly mark: string | null;
  /** The W3C traceparent that the transaction set. */
  readonly trace: string | null;
  /** Milliseconds since it was written. */
  readonly age: number;
}

/** The values of each column. */
export type LoggedColumns = readonly (readonly ColumnValue[])[];

/** Which columns the rows of the log contain. */
export interface WatchedColumns {
  readonly table: string;
  readonly columns: readonly string[];
  /** How many of the first columns form the key that matches rows before and after a change; 0 for no key. */
  readonly key: number;
}

export interface Page {
  readonly logged: readonly Logged[];
  /** The position after these rows. */
  readonly next: LogPosition;
  /** Whether this page is the last one of its snapshot. */
  readonly isLast: boolean;
  /** Why changes after the position may be missing; `undefined` if none are. */
  readonly missed: 'retention' | 'restored' | undefined;
}

/** The change log of a database, as one reader sees it. */
export class ChangeLog {
  readonly #database: NamedDatabase;
  readonly #isNamed: boolean;
  readonly #watches = new Map<string, WatchedColumns>();
  /** The format of the log when it was last read. Rows of the former format have fewer columns. */
  #format: number | undefined;

  /** @param isNamed whether the connection may prepare statements; false behind a pooler */
  constructor(database: NamedDatabase, isNamed: boolean) {
    this.#database = database;
    this.#isNamed = isNamed;
  }

  /** The current end of the log. */
  async end(): Promise<LogPosition> {
    const [row] = await this.#database.query<{ read: string }>('select pg_current_snapshot()::text as read');
    return atEnd((row as { read: string }).read);
  }

  /** The next page of rows that are committed and not read yet. */
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

  /** The columns of the log rows that refer to this watch. */
  async watch(id: string): Promise<WatchedColumns | undefined> {
    if (!this.#watches.has(id)) await this.#readWatches();
    return this.#watches.get(id);
  }

  /** The saved position of a reader, if there is one, and whether it belongs to the same history of the same database. */
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

  /** Identifies the database and its history. It differs after a restore and after the promotion of a standby. */
  async history(): Promise<string> {
    const [row] = await this.#database.query<{ history: string; standby: boolean }>(HISTORY);
    return row?.history ?? '';
  }

  /**
   * Deletes rows that this reader has read and that exceed `retention` or `maxLogRows`. Deletes the positions of readers that
   * have not come back.
   *
   * @param retention milliseconds
   * @returns the number of deleted rows
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

/** A database that can prepare a statement under a name. */
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

/** SQL for rows that are visible in the target and come after the position; `which` is the condition for the index. */
function unread(which: string, columns: string): string {
  return `(select c.xid, c.id, c.at, c.watch, c.op, c.size, c.rows, ${columns} from larder.changes c
      where ${which} and (c.xid, c.id) > ($4::xid8, $5::bigint) and pg_visible_in_snapshot(c.xid, moment.target)
      order by c.xid, c.id limit ${MAX_PAGE_ROWS})`;
}

// Unread rows belong to transactions that were running in the snapshot already read, or began after it. This misses no row and
// repeats none, in whichever order transactions commit.
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

// A copy of a database gets another id, and a promoted standby another timeline.
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
