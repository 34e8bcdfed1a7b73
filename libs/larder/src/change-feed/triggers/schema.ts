/** Of the tables below and of what triggers write into them. Raise it when either changes. */
export const FORMAT = 1;

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

/** The tables. Each statement may be run again. */
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
  current boolean not null
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
  primary key (xid, id)
)`,
  // Compressing it would cost writers more than writing it.
  'alter table larder.changes alter rows set storage external',
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
  `insert into larder.state (format) values (${FORMAT}) on conflict (here) do update set format = excluded.format`,
];

/** What a role needs that reads the log and is not its owner. */
export function grantsTo(role: string): string[] {
  return [
    `grant usage on schema larder to ${role}`,
    `grant select on larder.watches to ${role}`,
    `grant select, update on larder.state to ${role}`,
    `grant select, delete on larder.changes to ${role}`,
    `grant select, insert, update, delete on larder.cursors to ${role}`,
  ];
}

/** Removes the tables, if nothing else is in their schema. */
export const UNLOG: readonly string[] = [
  'drop table larder.changes, larder.cursors, larder.watches, larder.state',
  'drop schema larder',
];
