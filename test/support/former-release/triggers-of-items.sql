-- What `npx larder triggers install --table items:id --dry-run` of 0.1 (format 1) printed. Never changed: it is what databases have.
set local lock_timeout = '10s';

create schema if not exists larder;

comment on schema larder is 'Change log of nest-larder. Made and removed by: npx larder triggers';

revoke all on schema larder from public;

create table if not exists larder.state (
  -- One row.
  here boolean primary key default true check (here),
  format integer not null,
  -- Rows of larder.changes up to this transaction that could be seen in that snapshot have been deleted.
  trimmed xid8,
  seen pg_snapshot
);

create table if not exists larder.watches (
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
);

create table if not exists larder.changes (
  xid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  watch text not null,
  op "char" not null,
  size integer not null,
  -- [before, after], each null or, for each column, a list of its values in all rows.
  rows json,
  primary key (xid, id)
);

alter table larder.changes alter rows set storage external;

create table if not exists larder.cursors (
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
);

insert into larder.state (format) values (1) on conflict (here) do update set format = excluded.format;

create or replace function larder.log_eab5ddd8eb41() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $larder$
-- Writes what a statement changed into larder.changes, in the statement's own transaction.
begin
  if tg_op = 'UPDATE' then
    insert into larder.changes (watch, op, size, rows)
    select '67d049974c60', 'u', greatest(o.size, n.size), json_build_array(o.rows, n.rows)
    from (select p.portion, count(*) as size, json_build_array(json_agg(p."id")) as rows from (
      select r.*, (row_number() over () - 1) / 500 as portion from old_rows r
    ) p group by p.portion) o full join (select p.portion, count(*) as size, json_build_array(json_agg(p."id")) as rows from (
      select r.*, (row_number() over () - 1) / 500 as portion from new_rows r
    ) p group by p.portion) n on n.portion = o.portion;
  elsif tg_op = 'INSERT' then
    insert into larder.changes (watch, op, size, rows)
    select '67d049974c60', 'i', n.size, json_build_array(null::json, n.rows)
    from (select p.portion, count(*) as size, json_build_array(json_agg(p."id")) as rows from (
      select r.*, (row_number() over () - 1) / 500 as portion from new_rows r
    ) p group by p.portion) n;
  elsif tg_op = 'DELETE' then
    insert into larder.changes (watch, op, size, rows)
    select '67d049974c60', 'd', o.size, json_build_array(o.rows, null::json)
    from (select p.portion, count(*) as size, json_build_array(json_agg(p."id")) as rows from (
      select r.*, (row_number() over () - 1) / 500 as portion from old_rows r
    ) p group by p.portion) o;
  else
    insert into larder.changes (watch, op, size) values ('67d049974c60', 't', 1);
  end if;
  if not found then return null; end if;
  -- Commits that notify wait for each other: it is done only if a reader sleeps.
  if not pg_try_advisory_lock(1818325604, 1) then perform pg_notify('larder_changes', '');
  elsif not pg_advisory_unlock(1818325604, 1) then return null;
  end if;
  return null;
end
$larder$;

revoke all on function larder.log_eab5ddd8eb41() from public;

drop trigger if exists "larder_eab5ddd8eb41_insert" on "public"."items";

drop trigger if exists "larder_eab5ddd8eb41_update" on "public"."items";

drop trigger if exists "larder_eab5ddd8eb41_delete" on "public"."items";

drop trigger if exists "larder_eab5ddd8eb41_truncate" on "public"."items";

create trigger "larder_eab5ddd8eb41_insert" after insert on "public"."items" referencing new table as new_rows
  for each statement execute function larder.log_eab5ddd8eb41();

alter table "public"."items" enable always trigger "larder_eab5ddd8eb41_insert";

create trigger "larder_eab5ddd8eb41_update" after update on "public"."items" referencing old table as old_rows new table as new_rows
  for each statement execute function larder.log_eab5ddd8eb41();

alter table "public"."items" enable always trigger "larder_eab5ddd8eb41_update";

create trigger "larder_eab5ddd8eb41_delete" after delete on "public"."items" referencing old table as old_rows
  for each statement execute function larder.log_eab5ddd8eb41();

alter table "public"."items" enable always trigger "larder_eab5ddd8eb41_delete";

create trigger "larder_eab5ddd8eb41_truncate" after truncate on "public"."items"
  for each statement execute function larder.log_eab5ddd8eb41();

alter table "public"."items" enable always trigger "larder_eab5ddd8eb41_truncate";

update larder.watches set current = false
  where current and schema_name = 'public' and table_name = 'items';

insert into larder.watches (id, schema_name, table_name, columns, chosen, key, current)
  values ('67d049974c60', 'public', 'items', array['id'], array['id'], 1, true)
  on conflict (id) do update set chosen = excluded.chosen, current = true;
