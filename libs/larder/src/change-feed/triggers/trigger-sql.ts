import { createHash } from 'node:crypto';
import { CHANNEL, FORMAT, LOCK_CLASS, SLEEPERS } from './schema.js';
import { literal, quote, quoteTable, type TableName } from './table-name.js';

/** Changes that share a row of the log. Which columns have changed is found out for no more than these. */
const BATCH_SIZE = 500;
/** Most characters of what a transaction says of itself. */
const MAX_MARK_LENGTH = 100;
/** How full the queue of notifications may be for a writer to ring: a full one would fail its commit. */
const MAX_QUEUE_USAGE = 0.5;

/** What decides on the text of a value: the same for whoever writes. A few types depend on more, see {@link settingsOf}. */
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
  /** Its type by PostgreSQL's own name; of a domain, what lies below it. */
  readonly type: string;
  /** Whether it is computed when it is read, so that triggers do not see it. */
  readonly isVirtual: boolean;
}

/** What the triggers of a table write. */
export interface Watch {
  readonly table: TableName;
  /** The columns that were asked for. */
  readonly chosen: readonly string[];
  /** The columns that are written: those of the primary key, then the others that were asked for. */
  readonly columns: readonly Column[];
  /** The first columns, by which the row before a change is matched with the row after it; none if nothing tells. */
  readonly key: readonly string[];
  /** The columns that are compared to tell which have changed: all that are stored. */
  readonly compared: readonly string[];
  /** Those that are computed when they are read: they count as changed with any other. */
  readonly computed: readonly string[];
}

/** The four triggers of a table. */
export const EVENTS = ['insert', 'update', 'delete', 'truncate'] as const;
export type Event = (typeof EVENTS)[number];

/** Names what a watch writes: another table, other columns or another format have another. */
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

/** The statement that makes the function, or replaces an older one. */
export function createFunction(watch: Watch): string {
  return `create or replace function larder.${functionName(watch.table)}() returns trigger
language plpgsql security definer ${setClauses(watch)} as ${body(functionBody(watch))}`;
}

function setClauses(watch: Watch): string {
  return Object.entries(settingsOf(watch))
    .map(([name, value]) => `set ${name} = ${name === 'search_path' ? value : literal(value)}`)
    .join(' ');
}

/** What the function pins for as long as it runs. */
export function settingsOf({ columns }: Watch): Readonly<Record<string, string>> {
  // To set this takes longer than all the others do.
  return columns.some(({ type }) => type.endsWith('money')) ? { ...SETTINGS, lc_monetary: 'C' } : SETTINGS;
}

function body(text: string): string {
  const mark = '$larder$';
  return text.includes(mark) ? literal(text) : `${mark}${text}${mark}`;
}

/** Statements that make the triggers on a relation: the table itself, or what it inherits to. */
export function createTriggers(table: TableName, relation: TableName): string[] {
  return EVENTS.flatMap((event) => {
    const name = quote(triggerName(table, event));
    return [
      `create trigger ${name} after ${event} on ${quoteTable(relation)}${TRANSITIONS[event]}
  for each statement execute function larder.${functionName(table)}()`,
      // Also where a session says that it replicates.
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

/** What PostgreSQL keeps of the function, to compare with what it should be. */
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
 * Finds out which columns have changed, by the key and by the bytes of values: those of which the text differs, and perhaps
 * some of which it does not. Without a key, for many rows, and after a column was added it is not known.
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

/** Rows in the order in which they were changed, so many at a time, column by column: that costs writers less than row by row. */
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
