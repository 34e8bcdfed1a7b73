import { createHash } from 'node:crypto';
import { CHANNEL, FORMAT, LOCK_CLASS, SLEEPERS } from './log.js';
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
  /** By which columns the row before a change is matched with the row after it; none if nothing tells which belong together. */
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
  const portion = `(row_number() over () - 1) / ${PORTION} as portion`;
  const write = (event: string, changes: string) => `
    insert into larder.changes (watch, op, size, rows)
    select ${id}, '${event}', count(*), json_agg(json_build_array(c.before, c.after))
    from (${changes}) c group by c.portion;`;
  const before = valuesOf('o', watch.columns);
  const after = valuesOf('n', watch.columns);
  const inserted = `select null::json as before, ${after} as after, ${portion} from new_rows n`;
  const deleted = `select ${before} as before, null::json as after, ${portion} from old_rows o`;
  return `
-- Writes what a statement changed into larder.changes, in the statement's own transaction.
begin
  if tg_op = 'UPDATE' then${write('u', updated(watch, before, after, portion))}
  elsif tg_op = 'INSERT' then${write('i', inserted)}
  elsif tg_op = 'DELETE' then${write('d', deleted)}
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

function updated({ key }: Watch, before: string, after: string, portion: string): string {
  const [first] = key;
  if (first === undefined) {
    const rows = `select ${before} as before, null::json as after from old_rows o
      union all select null::json, ${after} from new_rows n`;
    return `select both_of.before, both_of.after, ${portion} from (${rows}) both_of`;
  }
  const on = key.map((name) => `o.${quote(name)} = n.${quote(name)}`).join(' and ');
  const present = (row: string, values: string) => `case when ${row}.${quote(first)} is not null then ${values} end`;
  return `select ${present('o', before)} as before, ${present('n', after)} as after, ${portion}
      from old_rows o full join new_rows n on ${on}`;
}

function valuesOf(row: string, columns: readonly Column[]): string {
  const values = columns.map(({ name, type }) => {
    const cast = AS_TEXT[type];
    return `${row}.${quote(name)}${cast === undefined ? '' : `::${cast}`}`;
  });
  return `json_build_array(${values.join(', ')})`;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}
