import { CHANNEL, LOCK_CLASS, SLEEPERS } from './schema.js';
import { literal, quote } from './table-name.js';
import { type Column, type Watch, watchId } from './watch.js';

/** How many changes share a row of the log. Larger statements do not log which columns have changed. */
const BATCH_SIZE = 500;
/** Maximum characters of the mark and the traceparent of a transaction. */
const MAX_MARK_LENGTH = 100;
/** Writers notify only while the notification queue is less full than this: a full queue would fail their commit. */
const MAX_QUEUE_USAGE = 0.5;

/** Types whose values JSON numbers cannot hold exactly: they become text, as in the client `pg`. */
const AS_TEXT: Readonly<Record<string, string>> = {
  int8: 'text',
  numeric: 'text',
  _int8: 'text[]',
  _numeric: 'text[]',
};

/** The columns of a table as they are now. */
const PRESENT_COLUMNS = 'from pg_attribute a where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped';
const STORED = "a.attgenerated <> 'v'";
const LOG_COLUMNS = 'watch, op, size, rows, changed, mark, trace';
const said = (name: string) => `left(nullif(current_setting('larder.${name}', true), ''), ${MAX_MARK_LENGTH})`;
/**
 * The traceparent in a comment at the end of the client's statement, as google.github.io/sqlcommenter writes it. Not by a regular
 * expression: in PostgreSQL it takes 200 µs.
 */
const IN_COMMENT = `case when position('traceparent=' in current_query()) > 0 and rtrim(right(current_query(), 20), E' ;\\n') like '%*/'
        then left(nullif(split_part(split_part(right(current_query(), 500), 'traceparent=''', 2), '''', 1), ''), ${MAX_MARK_LENGTH}) end`;
/** What the writer has said of its transaction: its mark and its traceparent. */
const OF_WRITER = `${said('mark')}, coalesce(${said('traceparent')}, ${IN_COMMENT})`;

/**
 * The body of the trigger function. PostgreSQL stores it verbatim, and `gaps` compares it: a change of any character here, also
 * of a comment, makes installed triggers outdated.
 */
export function functionBody(watch: Watch): string {
  return `
-- Writes what a statement changed into larder.changes, in the statement's own transaction.
<<larder>>
declare
  -- Columns that are there, of those that are written, of those that are compared, and of all.
  written int;
  known int;
  present int;
  -- Rows, counted no further than is needed.
  few int;
  rows json;
  changed text[];
begin${oneRow(watch)}
  if larder.few = 1 then
    insert into larder.changes (${LOG_COLUMNS}) values (${literal(watchId(watch))}, lower(left(tg_op, 1))::"char", 1, larder.rows,
      larder.changed, ${OF_WRITER});
  else${anyRows(watch)}
    if not found then return null; end if;
  end if;
  -- Commits that notify wait for each other: it is done only if a reader sleeps, and while there is room.
  if not pg_try_advisory_lock(${LOCK_CLASS}, ${SLEEPERS}) then
    if pg_notification_queue_usage() < ${MAX_QUEUE_USAGE} then perform pg_notify('${CHANNEL}', ''); end if;
  elsif not pg_advisory_unlock(${LOCK_CLASS}, ${SLEEPERS}) then return null;
  end if;
  return null;
end
`;
}

/** Most statements change one row: a single query reads it. It sets `few` to 1 only if that is so and every column is there. */
function oneRow(watch: Watch): string {
  const { columns, compared } = watch;
  const before = oneRowOf('o', columns);
  const after = oneRowOf('n', columns);
  const changed = changedColumns(watch, (name) => isOther(name));
  const read = (rows: string, from: string, more = 'null') => `
      select (select count(*) from (select from ${from} limit 2) few), json_build_array(${rows}),
        ${more}
      into larder.few, larder.rows, larder.changed`;
  return `
  begin
    if tg_op = 'UPDATE' then${read(
      `${before}, ${after}`,
      'new_rows',
      `case when (select count(*) = ${compared.length} ${PRESENT_COLUMNS} and ${STORED}) then ${changed} end`,
    )} from old_rows o, new_rows n limit 1;
    elsif tg_op = 'INSERT' then${read(`null::json, ${after}`, 'new_rows')} from new_rows n limit 1;
    elsif tg_op = 'DELETE' then${read(`${before}, null::json`, 'old_rows')} from old_rows o limit 1;
    end if;
    if tg_op <> 'TRUNCATE' and not found then return null; end if;
  exception when undefined_column then
    -- A column is gone.
  end;`;
}

/** Any number of rows. Where a column is gone, it logs that everything may have changed: no write fails for it. */
function anyRows(watch: Watch): string {
  const { columns, compared } = watch;
  const id = literal(watchId(watch));
  const write = (event: string, size: string, rows: string, changed: string, from: string) => `
        insert into larder.changes (${LOG_COLUMNS})
        select ${id}, '${event}', ${size}, json_build_array(${rows}), ${changed}, ${OF_WRITER}
        from ${from};`;
  const before = portionsOf('old_rows', columns);
  const after = portionsOf('new_rows', columns);
  const updated = `${before} o full join ${after} n on n.portion = o.portion`;
  const names = columns.map(({ name }) => name);
  return `
    -- Of the first row, if there are more.
    larder.changed := null;
    select count(*) filter (where a.attname = any (${nameList(names)})),
      count(*) filter (where a.attname = any (${nameList(compared)})),
      count(*) filter (where ${STORED})
    into larder.written, larder.known, larder.present ${PRESENT_COLUMNS};
    if tg_op = 'TRUNCATE' or larder.written < ${names.length} then
      insert into larder.changes (watch, op, size, mark, trace) values (${id}, lower(left(tg_op, 1))::"char", 1, ${OF_WRITER});
    elsif tg_op = 'UPDATE' then${compare(watch)}${write('u', 'greatest(o.size, n.size)', 'o.rows, n.rows', 'larder.changed', updated)}
    elsif tg_op = 'INSERT' then${write('i', 'n.size', 'null::json, n.rows', 'null', `${after} n`)}
    else${write('d', 'o.size', 'o.rows, null::json', 'null', `${before} o`)}
    end if;`;
}

/**
 * Finds which columns have changed in rows with the same key. It stays null without a key, for many rows, and
 * after a column was added.
 */
function compare(watch: Watch): string {
  const { key, compared } = watch;
  if (key.length === 0) return '';
  const both = key.map((name) => `n.${quote(name)}::text = o.${quote(name)}::text`).join(' and ');
  return `
      if larder.known = ${compared.length} and larder.present = ${compared.length}
        and (select count(*) from (select from new_rows limit ${BATCH_SIZE + 1}) few) <= ${BATCH_SIZE} then
        select ${changedColumns(watch, (name) => `bool_or(${isOther(name)})`)}
        into larder.changed from old_rows o full join new_rows n on ${both};
      end if;`;
}

/** The columns that differ, and with them those that are computed when they are read. */
function changedColumns({ compared, computed }: Watch, differs: (name: string) => string): string {
  const cases = compared.map((name) => `case when ${differs(name)} then ${literal(name)} end`);
  const changed = `array_remove(array[${cases.join(', ')}]::text[], null)`;
  if (computed.length === 0) return changed;
  const also = `array[${computed.map(literal).join(', ')}]`;
  return `(select case when s.c = '{}' then s.c else s.c || ${also} end from (select ${changed}) s (c))`;
}

/** Compares bytes: all values whose text differs are others, and a few more. */
function isOther(name: string): string {
  return `row(o.${quote(name)})::record *<> row(n.${quote(name)})::record`;
}

function nameList(names: readonly string[]): string {
  return names.length === 0 ? "'{}'::name[]" : `array[${names.map(literal).join(', ')}]::name[]`;
}

/** Rows in portions, in the order of their changes, column by column: that costs writers less than row by row. */
function portionsOf(rows: string, columns: readonly Column[]): string {
  const values = columns.map((column) => `json_agg(${textOf('p', column)})`);
  return `(select p.portion, count(*) as size, json_build_array(${values.join(', ')}) as rows from (
      select r.*, (row_number() over () - 1) / ${BATCH_SIZE} as portion from ${rows} r
    ) p group by p.portion)`;
}

function oneRowOf(rows: string, columns: readonly Column[]): string {
  return `json_build_array(${columns.map((column) => `json_build_array(${textOf(rows, column)})`).join(', ')})`;
}

function textOf(rows: string, { name, type }: Column): string {
  const cast = AS_TEXT[type];
  return `${rows}.${quote(name)}${cast === undefined ? '' : `::${cast}`}`;
}
