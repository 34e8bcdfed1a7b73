/**
 * Facts of a session that decide what names and comparisons of a statement mean, and how its result is written (rule 17).
 * Every function in it may be called by every user, so that asking never fails inside an application's connection.
 */
export interface SessionFacts {
  readonly pid: string;
  /** Changes when the server starts: two connections with the same database and start lead to the same data. */
  readonly server: string;
  readonly standby: string;
  /** Whether it has temporary tables, whose names hide others. */
  readonly scratch: string;
  readonly role: string;
  readonly path: string;
  readonly policies: string;
  readonly nulls: string | null;
  readonly arrays: string | null;
  readonly strings: string | null;
  readonly formats: string;
}

const FORMATS = [
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'extra_float_digits',
  'bytea_output',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'xmloption',
  'default_text_search_config',
];

/** All as texts: the application may have parsers of its own for other types. */
export const ASK_FACTS = `select pg_backend_pid()::text as pid,
  (select oid from pg_catalog.pg_database where datname = current_database()) || ' ' || extract(epoch from pg_postmaster_start_time()) as server,
  pg_is_in_recovery()::text as standby,
  exists (select from pg_catalog.pg_class where relnamespace = pg_my_temp_schema() and pg_my_temp_schema() <> 0)::text as scratch,
  current_user || ' ' || session_user as role,
  current_setting('search_path') as path,
  current_setting('row_security') as policies,
  current_setting('transform_null_equals', true) as nulls,
  current_setting('array_nulls', true) as arrays,
  current_setting('standard_conforming_strings', true) as strings,
  concat_ws(', ', ${FORMATS.map((name) => `'${name} ' || current_setting('${name}', true)`).join(', ')}) as formats`;

/** Why a statement of a session cannot be analysed, if it cannot. */
export function faultOf(facts: SessionFacts, reference: SessionFacts, pid: unknown): string | undefined {
  if (String(pid) !== facts.pid) return 'a pooler such as PgBouncer stands between the client and the server';
  if (facts.standby === 'true') return 'the server is a standby';
  if (facts.server !== reference.server) return serverFault(facts, reference);
  if (facts.scratch === 'true') return 'the session has temporary tables';
  if (facts.role !== reference.role) return `the session has another role: ${facts.role}`;
  if (facts.path !== reference.path) return `the session has another search_path: ${facts.path}`;
  if (facts.policies !== reference.policies) return `row_security of the session is ${facts.policies}`;
  if (facts.nulls === 'on') return 'transform_null_equals of the session is on';
  if (facts.arrays === 'off') return 'array_nulls of the session is off';
  if (facts.strings === 'off') return 'standard_conforming_strings of the session is off';
  return undefined;
}

function serverFault({ server }: SessionFacts, reference: SessionFacts): string {
  const [database] = server.split(' ');
  const [known] = reference.server.split(' ');
  if (database !== known) return 'the connection leads to another database';
  return 'the server has started again since it was asked last, or the connection leads to another server';
}
