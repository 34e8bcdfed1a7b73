/** Of the tables below and of what triggers write into them. `docs/formats.md` says when to raise it. */
export const FORMAT = 2;

/** The oldest format of which a reader can read what is written now. */
const READABLE_FROM = 1;

/** The format of the release before, whose triggers are read too. */
export const FORMER_FORMAT = 1;

/** Says that the schema `larder` is ours. */
export const MARK = 'Change log of nest-larder. Made and removed by: npx larder triggers';

/** Where sleeping readers are rung for. */
export const CHANNEL = 'larder_changes';

/** The first number of our advisory locks: the letters `lard`. */
export const LOCK_CLASS = 0x6c617264;

/** The second number of the lock that every sleeping reader shares: a writer that cannot have it alone rings. */
export const SLEEPERS = 1;

/** That of the lock of who installs or removes. */
export const INSTALLING = 2;

/** The tables. Each statement may be run again, and locks nothing that is there already. */
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
];

/** What is done once, for a new log. Compressing rows would cost writers more than writing them. */
export const NEW_LOG = 'alter table larder.changes alter rows set storage external';

/**
 * What a log of the release before lacks. It waits for writers and readers and makes them wait, so it comes last, for a moment.
 * Readers hold `state` while they wait for `changes`: to alter that too would be a deadlock.
 */
export const UPGRADE: readonly string[] = [
  `alter table larder.changes add column if not exists changed text[], add column if not exists mark text,
  add column if not exists trace text`,
  `alter table larder.watches add column if not exists compared text[] not null default '{}',
  add column if not exists computed text[] not null default '{}'`,
];

/** Comes after what is upgraded. */
export const STATE: readonly string[] = [
  `insert into larder.readers (readable_from) values (${READABLE_FROM})
  on conflict (here) do update set readable_from = excluded.readable_from`,
  `insert into larder.state (format) values (${FORMAT}) on conflict (here) do update set format = excluded.format`,
];

/** What a role needs that reads the log and is not its owner. */
export function grantsTo(role: string): string[] {
  return [
    `grant usage on schema larder to ${role}`,
    `grant select on larder.watches, larder.readers to ${role}`,
    `grant select, update on larder.state to ${role}`,
    `grant select, delete on larder.changes to ${role}`,
    `grant select, insert, update, delete on larder.cursors to ${role}`,
  ];
}

/** Removes the tables, if nothing else is in their schema. */
export const UNLOG: readonly string[] = [
  'drop table larder.changes, larder.cursors, larder.watches, larder.state',
  'drop table if exists larder.readers',
  'drop schema larder',
];
