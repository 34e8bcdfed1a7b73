import { functionBody } from './function-body.js';
import { literal, quote, quoteTable, type TableName } from './table-name.js';
import { digest, functionName, type Watch } from './watch.js';

const SEARCH_PATH = { search_path: 'pg_catalog, pg_temp' };
/** Settings that affect the text of a value, pinned to be the same for every writer. See also {@link settingsOf}. */
const TEXT_SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  quote_all_identifiers: 'off',
};

/** Types whose text no setting affects, and their arrays. */
const SAME_TEXT = new Set(['bool', 'int2', 'int4', 'int8', 'numeric', 'uuid', 'text', 'varchar', 'bpchar']);

/** The four triggers of a table. */
export const EVENTS = ['insert', 'update', 'delete', 'truncate'] as const;
export type Event = (typeof EVENTS)[number];

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
  // Pinned only if needed: each write pays for every setting, most of all for `lc_monetary`.
  const affected = columns.map(({ type }) => type.replace(/^_/, '')).filter((type) => !SAME_TEXT.has(type));
  if (affected.length === 0) return SEARCH_PATH;
  const pinned = { ...SEARCH_PATH, ...TEXT_SETTINGS };
  return affected.some((type) => type.endsWith('money')) ? { ...pinned, lc_monetary: 'C' } : pinned;
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
