import { LarderOptionsError } from '../../base/errors.js';

/** A table by its names as the database spells them. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const QUOTED = '"(?:[^"\\0]|"")+"';
const PLAIN = '[^".:,\\0]+';
const PART = `(${QUOTED}|${PLAIN})`;
const TABLE = new RegExp(`^(?:${PART}\\.)?${PART}$`);
const TABLE_AND_COLUMNS = new RegExp(`^((?:${PART}\\.)?${PART}):(${PART}(?:,${PART})*)$`);
const COLUMN = new RegExp(`${QUOTED}|${PLAIN}`, 'g');
const MAX_NAME_LENGTH = 63;

/**
 * A table from a text: `calls`, `sales.calls`, `'"odd.name"'`. Without a schema it is one of `public`. Capital letters count,
 * as written; double quotes are needed around what holds a dot, a colon, a comma or a quote, which is doubled inside.
 *
 * @throws LarderOptionsError if it is none
 */
export function parseTable(text: string): TableName {
  const [, schema, name] = TABLE.exec(text) ?? [];
  if (name === undefined) throw wrong(`'${text}' is no table; it takes a name such as calls or sales."Odd Name"`);
  return { schema: schema === undefined ? 'public' : identifier(schema), name: identifier(name) };
}

/**
 * A table with columns, as on a command line: `sales.calls:user_id,agent_id`.
 *
 * @throws LarderOptionsError if it is none
 */
export function parseTableAndColumns(text: string): { table: TableName; columns: string[] } {
  const match = TABLE_AND_COLUMNS.exec(text);
  if (match === null) throw wrong(`'${text}' is no table with columns; it takes sales.calls:user_id,agent_id`);
  const columns = (match[4] as string).match(COLUMN) ?? [];
  return { table: parseTable(match[1] as string), columns: columns.map(identifier) };
}

/** A table as people write it, and as {@link parseTable} takes it. */
export function showTable({ schema, name }: TableName): string {
  return `${shown(schema)}.${shown(name)}`;
}

/** A name as SQL takes it whatever it holds. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table's name as SQL takes it. */
export function quoteTable({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** A text as SQL takes it whatever it holds and however the server is set up. */
export function literal(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

function shown(name: string): string {
  return /[".:,]/.test(name) ? quote(name) : name;
}

function identifier(text: string): string {
  const name = text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  if (Buffer.byteLength(name) > MAX_NAME_LENGTH)
    throw wrong(`the name '${name}' is longer than ${MAX_NAME_LENGTH} bytes`);
  return name;
}

function wrong(problem: string): LarderOptionsError {
  return new LarderOptionsError([problem]);
}
