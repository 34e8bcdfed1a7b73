import { LarderOptionsError } from '../../base/errors.js';

/** The name of a table, spelt as in the database. */
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
 * Parses the name of a table: `calls`, `sales.calls`, `'"odd.name"'`. The default schema is `public`. Case-sensitive. Names that
 * contain a dot, a colon, a comma or a quote need double quotes; a quote inside is doubled.
 *
 * @throws LarderOptionsError if the text is not a table name
 */
export function parseTable(text: string): TableName {
  const [, schema, name] = TABLE.exec(text) ?? [];
  if (name === undefined) throw wrong(`Invalid table '${text}': expected a name such as calls or sales."Odd Name"`);
  return { schema: schema === undefined ? 'public' : identifier(schema), name: identifier(name) };
}

/**
 * Parses a table with columns, as on a command line: `sales.calls:user_id,agent_id`.
 *
 * @throws LarderOptionsError if the text is not a table with columns
 */
export function parseTableAndColumns(text: string): { table: TableName; columns: string[] } {
  const match = TABLE_AND_COLUMNS.exec(text);
  if (match === null)
    throw wrong(`Invalid table with columns '${text}': expected, for example, sales.calls:user_id,agent_id`);
  const columns = (match[4] as string).match(COLUMN) ?? [];
  return { table: parseTable(match[1] as string), columns: columns.map(identifier) };
}

/** The text of a table name, which {@link parseTable} accepts. */
export function showTable({ schema, name }: TableName): string {
  return `${shown(schema)}.${shown(name)}`;
}

/** A name as a quoted SQL identifier. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteTable({ schema, name }: TableName): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** A text as an SQL literal, valid with any value of `standard_conforming_strings`. */
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
