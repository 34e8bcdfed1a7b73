/** The format of the tables below and of what triggers write. `docs/formats.md` says when to raise it. */
export const FORMAT = 2;

/** The oldest format whose readers can read what triggers write now. */
const READABLE_FROM = 1;

/** The format of the former release; this release reads it too. */
export const FORMER_FORMAT = 1;

/** The comment by which nest-larder recognises its own schema. */
export const MARK = 'Change log of nest-larder. Made and removed by: npx larder triggers';

/** The channel on which writers notify sleeping readers. */
export const CHANNEL = 'larder_changes';

/** The first number of all advisory locks: the letters `lard`. */
export const LOCK_CLASS = 0x6c617264;

/** Second number of the lock that sleeping readers share. A writer that cannot lock it exclusively sends a notification. */
export const SLEEPERS = 1;

/** Second number of the lock of `install` and `remove`. */
export const INSTALLING = 2;

/** Creates the tables. Each statement can be repeated, and does not lock existing tables. */
export const LOG: readonly string[] = [
  'create schema if not exists larder',
  `comment on schema larder is '${MARK}'`,
  'revoke all on schema larder from public',
  `create table if not exists larder.state (
  -- One row.
  here boolean primary key default true check (here),
  format integer not null,
  -- Rows of larder.changes up to this transaction that could be seen in that snapshot have been deleted.
  trimmed xid8,
  seen pg_snapshot
)`,
  `create table if not exists larder.readers (
  -- One row.
  here boolean primary key default true check (here),
  -- The oldest format of which a reader can read the log.
  readable_from integer not null
)`,
  `create table if not exists larder.watches (
  id text primary key,
  schema_name text not null,
  table_name text not null,
  -- The columns of larder.changes.rows, in order: those of the primary key first.
  columns text[] not null,
  -- Those that were asked for.
  chosen text[] not null,
  -- How many of the first columns tell which row before belongs to which row after.
  key integer not null,
  -- Whether triggers write it now.
  current boolean not null,
  -- The columns that are compared to tell which have changed, and those that are computed when they are read.
  compared text[] not null default '{}',
  computed text[] not null default '{}'
)`,
  `create table if not exists larder.changes (
  xid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  watch text not null,
  op "char" not null,
  size integer not null,
  -- [before, after], each null or, for each column, a list of its values in all rows.
  rows json,
  -- Columns of which the text may have changed in one of these rows; null if that is not known.
  changed text[],
  -- What the transaction said of itself: the write that it belongs to, and its W3C traceparent.
  mark text,
  trace text,
  primary key (xid, id)
)`,
  `create table if not exists larder.cursors (
  name text primary key,
  -- What could be seen in it has been read.
  read pg_snapshot not null,
  -- What else could be seen in it is being read, and has been up to this place.
  target pg_snapshot,
  xid xid8 not null,
  id bigint not null,
  -- Which history of which database it belongs to.
  history text not null,
  saved_at timestamptz not null
)`,
  `create table if not exists larder.uses (
  -- Read by queries whose results are cached; spelt as showTable spells it.
  table_name text not null,
  -- Empty for the table itself.
  column_name text not null,
  -- Whether its values are dependencies.
  is_key boolean not null,
  primary key (table_name, column_name, is_key)
)`,
  `create table if not exists larder.definitions (
  -- The cache whose entries rest on these definitions of tables, views and triggers.
  name text primary key,
  fingerprint text not null
)`,
];

/** Run once, for a new log. Compressing rows would cost writers more than writing them. */
export const NEW_LOG = 'alter table larder.changes alter rows set storage external';

/**
 * Upgrades a log of the former release. Runs late in the transaction, because it blocks writers and readers. It must not alter
 * `state`: readers hold `state` while they wait for `changes`, which would be a deadlock.
 */
export const UPGRADE: readonly string[] = [
  `alter table larder.changes add column if not exists changed text[], add column if not exists mark text,
  add column if not exists trace text`,
  `alter table larder.watches add column if not exists compared text[] not null default '{}',
  add column if not exists computed text[] not null default '{}'`,
];

/** Runs after {@link UPGRADE}. */
export const STATE: readonly string[] = [
  `insert into larder.readers (readable_from) values (${READABLE_FROM})
  on conflict (here) do update set readable_from = excluded.readable_from`,
  `insert into larder.state (format) values (${FORMAT}) on conflict (here) do update set format = excluded.format`,
];

/** The rights of a role that reads the log without owning it. */
export function grantsTo(role: string): string[] {
  return [
    `grant usage on schema larder to ${role}`,
    `grant select on larder.watches, larder.readers to ${role}`,
    `grant select, update on larder.state to ${role}`,
    `grant select, delete on larder.changes to ${role}`,
    `grant select, insert, update, delete on larder.cursors to ${role}`,
    `grant select, insert on larder.uses to ${role}`,
    `grant select, insert, update on larder.definitions to ${role}`,
  ];
}

/** Drops the tables; fails if the schema contains anything else. */
export const UNLOG: readonly string[] = [
  'drop table larder.changes, larder.cursors, larder.watches, larder.state',
  'drop table if exists larder.readers, larder.uses, larder.definitions',
  'drop schema larder',
];
