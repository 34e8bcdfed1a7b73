import type { ObservedQuery } from '../observed-query.js';
import type { AskedFacts, ConnectionState } from './connection-state.js';
import type { PgClient, PgResult } from './driver/pg-parts.js';
import { resultOf } from './driver/result-rows.js';
import type { TextTraits } from './known-texts.js';
import type { ObservedLoad } from './observed-load.js';
import type { SessionCheck } from './session-check.js';

const IMPORT = /\bset\s+transaction\s+snapshot\b/i;
const CONTROL = new Set(['BEGIN', 'START', 'COMMIT', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'SET', 'RESET']);
/** What libraries ask on a new connection (rule 4): the version, the schema, and oids of types, with those of ranges as Sequelize asks. */
const SET_UP =
  /^\s*(?:with\s+ranges\s+as\s*\(\s*select\s[^;()]*\sfrom\s+pg_range\s[^;()]*\)\s*)?select\s+(?:version\(\)|current_schema\(\)|[^;]*\sfrom\s+(?:pg_catalog\.)?pg_type\b)/i;

/** A statement of a load, on its way. */
export interface Sent {
  readonly load: ObservedLoad;
  readonly client: PgClient;
  readonly state: ConnectionState;
  /** Of its text, if that is known. */
  readonly traits: TextTraits | undefined;
  readonly values: readonly unknown[];
  /** By the count of active loads. */
  readonly sentAt: number;
  /** Tells whether the session makes the statement unusable; `undefined` if that is looked at later. */
  readonly sessions: SessionCheck | undefined;
  readonly asked: AskedFacts | undefined;
}

/**
 * Notes in a load what a statement of it has done.
 *
 * @returns why the load cannot be cached, if it cannot
 */
export function noteOutcome(sent: Sent, given: PgResult | readonly PgResult[]): string | undefined {
  const { load, state, traits } = sent;
  // The one read that most texts are, without the lists of the others.
  if (!Array.isArray(given) && isRead((given as PgResult).command)) return noteRead(sent, given as PgResult);
  const results = [given].flat() as PgResult[];
  // Rule 4: a statement that is not a read.
  const other = results.find(({ command }) => !isRead(command) && !isControl(command, state));
  if (other !== undefined) return `the statement ${other.command} is not a read`;
  const reads = results.filter(({ command }) => isRead(command));
  if (reads.length > 0 && reads.length < results.length) return 'a text has several statements, not all of them reads';
  const [result] = reads;
  if (result !== undefined) return noteRead(sent, reads.length === 1 ? result : undefined);
  if (results.some(({ command }) => command === 'BEGIN' || command === 'START') && state.transaction !== undefined) {
    state.transaction.begunBy ??= load;
    state.transaction.beganAt ||= sent.sentAt;
  }
  // Rule 6: `SET TRANSACTION SNAPSHOT` reads what another transaction reads, which may have begun long before.
  return IMPORT.test(traits?.text ?? '') ? 'the transaction imports a snapshot' : undefined;
}

/** @param result `undefined` if the text had several statements, or its rows are not known */
export function noteRead(sent: Sent, result?: PgResult): string | undefined {
  const { load, state, traits, values } = sent;
  const text = traits?.text;
  if (text === undefined) return 'a prepared statement was sent by its name, and its text is not known';
  if (state.isFresh && SET_UP.test(text)) return undefined;
  state.isFresh = false;
  const reason = snapshotFault(load, state) ?? sent.sessions?.faultOf(sent);
  if (reason !== undefined) return reason;
  load.add(queryOf(text, values, load.needsRows(text) ? result : undefined));
  return undefined;
}

const NO_FIELDS: ObservedQuery['fields'] = [];

function queryOf(text: string, values: readonly unknown[], result: PgResult | undefined): ObservedQuery {
  if (result === undefined) return { text, values, rows: undefined, fields: NO_FIELDS };
  const { rows, fields } = resultOf(result);
  return { text, values, rows, fields };
}

/** What a statement has read, for loads that may have waited for it. */
export function readOf(
  { traits, values }: Pick<Sent, 'traits' | 'values'>,
  given: PgResult | readonly PgResult[] | undefined,
): ObservedQuery | undefined {
  const reads = given === undefined ? [] : ([given].flat() as PgResult[]).filter(({ command }) => isRead(command));
  // Without its text it is a statement that analysis refuses.
  return reads.length === 0
    ? undefined
    : queryOf(traits?.text ?? '', values, reads.length === 1 ? reads[0] : undefined);
}

function isRead(command: string | null): boolean {
  return command === 'SELECT';
}

/** Statements that neither read nor write rows. An empty text has no command. */
function isControl(command: string | null, { isFresh }: ConnectionState): boolean {
  return command === null || CONTROL.has(command) || (command === 'SHOW' && isFresh);
}

/** Rule 6: why a read may have seen a snapshot that is older than the load. */
function snapshotFault(load: ObservedLoad, { transaction }: ConnectionState): string | undefined {
  if (transaction === undefined) return undefined;
  if (transaction.begunBy !== load) return 'a transaction began before the load';
  return transaction.hasWritten ? 'the transaction has written' : undefined;
}
