import { createHash } from 'node:crypto';
import { CHANNEL, FORMAT, LOCK_CLASS, SLEEPERS } from './schema.js';
import { literal, quote, quoteTable, type TableName } from './table-name.js';

/** Changes that share a row of the log. */
const PORTION = 500;

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
}

/** The four triggers of a table. */
export const EVENTS = ['insert', 'update', 'delete', 'truncate'] as const;
export type Event = (typeof EVENTS)[number];

/** Names what a watch writes: another table, other columns or another format have another. */
export function watchId({ table, columns, key }: Watch): string {
  return digest([FORMAT, table.schema, table.name, columns.map(({ name, type }) => [name, type]), key]);
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
language plpgsql security definer set search_path = pg_catalog, pg_temp as ${body(functionBody(watch))}`;
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
  const id = literal(watchId(watch));
  const write = (event: string, size: string, rows: string, from: string) => `
    insert into larder.changes (watch, op, size, rows)
    select ${id}, '${event}', ${size}, json_build_array(${rows})
    from ${from};`;
  const before = portionsOf('old_rows', watch.columns);
  const after = portionsOf('new_rows', watch.columns);
  const updated = `${before} o full join ${after} n on n.portion = o.portion`;
  return `
-- Writes what a statement changed into larder.changes, in the statement's own transaction.
begin
  if tg_op = 'UPDATE' then${write('u', 'greatest(o.size, n.size)', 'o.rows, n.rows', updated)}
  elsif tg_op = 'INSERT' then${write('i', 'n.size', 'null::json, n.rows', `${after} n`)}
  elsif tg_op = 'DELETE' then${write('d', 'o.size', 'o.rows, null::json', `${before} o`)}
  else
    insert into larder.changes (watch, op, size) values (${id}, 't', 1);
  end if;
  if not found then return null; end if;
  -- Commits that notify wait for each other: it is done only if a reader sleeps.
  if not pg_try_advisory_lock(${LOCK_CLASS}, ${SLEEPERS}) then perform pg_notify('${CHANNEL}', '');
  elsif not pg_advisory_unlock(${LOCK_CLASS}, ${SLEEPERS}) then return null;
  end if;
  return null;
end
`;
}

/** Rows in the order in which they were changed, so many at a time, column by column: that costs writers less than row by row. */
function portionsOf(rows: string, columns: readonly Column[]): string {
  const values = columns.map(({ name, type }) => {
    const cast = AS_TEXT[type];
    return `json_agg(p.${quote(name)}${cast === undefined ? '' : `::${cast}`})`;
  });
  return `(select p.portion, count(*) as size, json_build_array(${values.join(', ')}) as rows from (
      select r.*, (row_number() over () - 1) / ${PORTION} as portion from ${rows} r
    ) p group by p.portion)`;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}
