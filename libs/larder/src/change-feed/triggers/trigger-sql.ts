import { createHash } from 'node:crypto';
import { CHANNEL, FORMAT, LOCK_CLASS, SLEEPERS } from './schema.js';
import { literal, quote, quoteTable, type TableName } from './table-name.js';

/** How many changes share a row of the log. Larger statements do not log which columns have changed. */
const BATCH_SIZE = 500;
/** Maximum characters of the mark and the traceparent of a transaction. */
const MAX_MARK_LENGTH = 100;
/** Writers notify only while the notification queue is less full than this: a full queue would fail their commit. */
const MAX_QUEUE_USAGE = 0.5;

/** Settings that affect the text of a value, pinned to be the same for every writer. See also {@link settingsOf}. */
const SETTINGS: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog, pg_temp',
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  quote_all_identifiers: 'off',
};

/** Types whose values JSON numbers cannot hold exactly: they become text, as in the client `pg`. */
const AS_TEXT: Readonly<Record<string, string>> = {
  int8: 'text',
  numeric: 'text',
  _int8: 'text[]',
  _numeric: 'text[]',
};

export interface Column {
  readonly name: string;
  /** Its type by PostgreSQL's internal name; for a domain, its base type. */
  readonly type: string;
  /** Whether it is computed when it is read: triggers do not see it. */
  readonly isVirtual: boolean;
}

/** What the triggers of a table write. */
export interface Watch {
  readonly table: TableName;
  /** The columns that rules need. */
  readonly chosen: readonly string[];
  /** The columns that are written: those of the primary key, then the chosen ones. */
  readonly columns: readonly Column[];
  /** The key that matches rows before and after a change: the first of `columns`; empty if there is no unique key. */
  readonly key: readonly string[];
  /** The columns that are compared to find which have changed: all stored columns. */
  readonly compared: readonly string[];
  /** Columns computed when they are read: they count as changed if any column has changed. */
  readonly computed: readonly string[];
}

/** The four triggers of a table. */
export const EVENTS = ['insert', 'update', 'delete', 'truncate'] as const;
export type Event = (typeof EVENTS)[number];

/** Identifies what a watch writes: it differs for each table, set of columns and format. */
export function watchId({ table, columns, key }: Watch, format = FORMAT): string {
  return digest([format, table.schema, table.name, columns.map(({ name, type }) => [name, type]), key]);
}

/** The name, within `larder`, of the function behind the triggers of a table. */
export function functionName(table: TableName): string {
  return `log_${digest([table.schema, table.name])}`;
}

export function triggerName(table: TableName, event: Event): string {
  return `larder_${digest([table.schema, table.name])}_${event}`;
}

/** The statement that creates or replaces the trigger function. */
export function createFunction(watch: Watch): string {
  return `create or replace function larder.${functionName(watch.table)}() returns trigger
language plpgsql security definer ${setClauses(watch)} as ${body(functionBody(watch))}`;
}

function setClauses(watch: Watch): string {
  return Object.entries(settingsOf(watch))
    .map(([name, value]) => `set ${name} = ${name === 'search_path' ? value : literal(value)}`)
    .join(' ');
}

/** The settings that the function pins while it runs. */
export function settingsOf({ columns }: Watch): Readonly<Record<string, string>> {
  // Pinned only if needed: setting `lc_monetary` takes longer than all the others together.
  return columns.some(({ type }) => type.endsWith('money')) ? { ...SETTINGS, lc_monetary: 'C' } : SETTINGS;
}

function body(text: string): string {
  const mark = '$larder$';
  return text.includes(mark) ? literal(text) : `${mark}${text}${mark}`;
}

/** Statements that create the triggers on a relation: the table, a partition, or a table that inherits from it. */
export function createTriggers(table: TableName, relation: TableName): string[] {
  return EVENTS.flatMap((event) => {
    const name = quote(triggerName(table, event));
    return [
      `create trigger ${name} after ${event} on ${quoteTable(relation)}${TRANSITIONS[event]}
  for each statement execute function larder.${functionName(table)}()`,
      // Fires also with `session_replication_role = replica`.
      `alter table ${quoteTable(relation)} enable always trigger ${name}`,
    ];
  });
}

const TRANSITIONS: Readonly<Record<Event, string>> = {
  insert: ' referencing new table as new_rows',
  update: ' referencing old table as old_rows new table as new_rows',
  delete: ' referencing old table as old_rows',
  truncate: '',
};

/**
 * The body of the trigger function. PostgreSQL stores it verbatim, and `gaps` compares it: a change of any character here, also
 * of a comment, makes installed triggers outdated.
 */
export function functionBody(watch: Watch): string {
  const { columns, compared } = watch;
  const id = literal(watchId(watch));
  const said = (name: string) => `left(nullif(current_setting('larder.${name}', true), ''), ${MAX_MARK_LENGTH})`;
  const ofWriter = `${said('mark')}, ${said('traceparent')}`;
  const write = (event: string, size: string, rows: string, changed: string, from: string) => `
      insert into larder.changes (watch, op, size, rows, changed, mark, trace)
      select ${id}, '${event}', ${size}, json_build_array(${rows}), ${changed}, ${ofWriter}
      from ${from};`;
  const before = portionsOf('old_rows', columns);
  const after = portionsOf('new_rows', columns);
  const updated = `${before} o full join ${after} n on n.portion = o.portion`;
  const names = columns.map(({ name }) => name);
  const look = (more: string, into: string) => `
    select count(*) filter (where a.attname = any (${nameList(names)}))${more}
    into larder.${into} from pg_attribute a where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped;`;
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
  changed text[];
begin
  if tg_op = 'UPDATE' then${look(
    `,
      count(*) filter (where a.attname = any (${nameList(compared)})),
      count(*) filter (where a.attgenerated <> 'v'), (select count(*) from (select from new_rows limit ${BATCH_SIZE + 1}) few)`,
    'written, larder.known, larder.present, larder.few',
  )}
  elsif tg_op <> 'TRUNCATE' then${look('', 'written')}
  end if;
  if larder.written = ${names.length} then
    if tg_op = 'UPDATE' then${compare(watch)}${write('u', 'greatest(o.size, n.size)', 'o.rows, n.rows', 'larder.changed', updated)}
    elsif tg_op = 'INSERT' then${write('i', 'n.size', 'null::json, n.rows', 'null', `${after} n`)}
    else${write('d', 'o.size', 'o.rows, null::json', 'null', `${before} o`)}
    end if;
  else
    -- Truncated, or a column is gone: everything may have changed. No write fails for it.
    insert into larder.changes (watch, op, size, mark, trace) values (${id}, lower(left(tg_op, 1))::"char", 1, ${ofWriter});
  end if;
  if not found then return null; end if;
  -- Commits that notify wait for each other: it is done only if a reader sleeps, and while there is room.
  if not pg_try_advisory_lock(${LOCK_CLASS}, ${SLEEPERS}) then
    if pg_notification_queue_usage() < ${MAX_QUEUE_USAGE} then perform pg_notify('${CHANNEL}', ''); end if;
  elsif not pg_advisory_unlock(${LOCK_CLASS}, ${SLEEPERS}) then return null;
  end if;
  return null;
end
`;
}

/**
 * Finds which columns have changed, comparing the bytes of values of rows with the same key. The result has all columns whose
 * text differs, and may have others. It stays null without a key, for many rows, and after a column was added.
 */
function compare({ key, compared, computed }: Watch): string {
  if (key.length === 0) return '';
  const both = key.map((name) => `n.${quote(name)}::text = o.${quote(name)}::text`).join(' and ');
  const differs = compared.map(
    (name) =>
      `case when bool_or(row(o.${quote(name)})::record *<> row(n.${quote(name)})::record) then ${literal(name)} end`,
  );
  const into = `select array_remove(array[${differs.join(', ')}], null) into larder.changed from old_rows o`;
  const also = computed.map((name) => literal(name)).join(', ');
  const add =
    also &&
    `
        if larder.changed <> '{}' then larder.changed := larder.changed || array[${also}]; end if;`;
  return `
      if larder.known = ${compared.length} and larder.present = ${compared.length} and larder.few <= ${BATCH_SIZE} then
        -- One row needs no key, and most statements change one.
        if larder.few = 1 then ${into}, new_rows n;
        else ${into} full join new_rows n on ${both};
        end if;${add}
      end if;`;
}

function nameList(names: readonly string[]): string {
  return names.length === 0 ? "'{}'::name[]" : `array[${names.map(literal).join(', ')}]::name[]`;
}

/** Rows in portions, in the order of their changes, column by column: that costs writers less than row by row. */
function portionsOf(rows: string, columns: readonly Column[]): string {
  const values = columns.map(({ name, type }) => {
    const cast = AS_TEXT[type];
    return `json_agg(p.${quote(name)}${cast === undefined ? '' : `::${cast}`})`;
  });
  return `(select p.portion, count(*) as size, json_build_array(${values.join(', ')}) as rows from (
      select r.*, (row_number() over () - 1) / ${BATCH_SIZE} as portion from ${rows} r
    ) p group by p.portion)`;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}
