import { PendingWrite } from '../own-writes/pending-write.js';
import type { PgClient, PgMessage } from './driver/pg-parts.js';
import type { TextTraits } from './known-texts.js';
import type { ObservedLoad } from './observed-load.js';
import type { SessionFacts } from './session-facts.js';

/** What a transaction of a connection has done so far. */
export interface Transaction {
  /** The load that sent BEGIN; `undefined` if none did, or if it began before the connection was known. */
  begunBy: ObservedLoad | undefined;
  /** By the count of active loads; 0 if it is not known. */
  beganAt: number;
  hasWritten: boolean;
  changedSession: boolean;
}

/** Facts that were asked on a connection, once they are there. */
export interface AskedFacts {
  facts: SessionFacts | undefined;
  /** The facts of the observed database that they were found to fit, in the pool that the connection is of. */
  fits: { readonly reference: SessionFacts; readonly pool: object | undefined } | undefined;
}

const CHANGES_NO_FACT =
  /^\s*set\s+(?:local\s+|session\s+)?(?:transaction|application_name|statement_timeout|lock_timeout|idle_in_transaction_session_timeout)\b[^;]*;?\s*$/i;
/** Tags of statements that neither write nor change the session. */
const HARMLESS = new Set([
  'SELECT',
  'SHOW',
  'BEGIN',
  'START',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT',
  'RELEASE',
  'FETCH',
  'MOVE',
  'CLOSE',
  'LISTEN',
  'UNLISTEN',
  'EXPLAIN',
]);
const ROWS = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY', 'TRUNCATE', 'LOCK', 'NOTIFY']);

/** What is known about one connection: its transaction, its session, and the texts of its prepared statements. */
export class ConnectionState {
  transaction: Transaction | undefined;
  /** Whether it has sent nothing but what libraries send when they connect (rule 4). */
  isFresh = true;
  /** `undefined` when the session may have changed since. */
  asked: AskedFacts | undefined;
  readonly pendingWrite: PendingWrite;
  /** The pool that gave it out. */
  pool: object | undefined;
  readonly #texts = new Map<string, string>();
  /** A connection begins with the settings that the server reports. */
  #hasBegun: boolean;

  /** @returns `undefined` for a client whose messages cannot be seen, such as one of `pg.native` */
  static of(client: PgClient): ConnectionState | undefined {
    const { connection } = client;
    if (typeof connection?.prependListener !== 'function') return undefined;
    const state = new ConnectionState(client);
    // In front of the client's own listeners, which call back the application.
    connection.prependListener('commandComplete', ({ text }: PgMessage) => state.#complete(text ?? ''));
    connection.prependListener('readyForQuery', ({ status }: PgMessage) => state.#ready(status));
    // Tells changes that functions make, of the settings that the server reports.
    connection.prependListener('parameterStatus', () => state.#hasBegun && state.#changeSession());
    return state;
  }

  private constructor(client: PgClient) {
    // A connection that was there before the observation may be inside a transaction. Clients before pg 8.23 do not tell.
    const isKnown = client.getTransactionStatus !== undefined || typeof client.processID !== 'number';
    const status = isKnown ? (client.getTransactionStatus?.() ?? 'I') : undefined;
    this.#hasBegun = typeof client.processID === 'number';
    if (status !== 'I') this.transaction = transactionOf(undefined);
    this.pendingWrite = new PendingWrite(status !== 'I');
  }

  /** Remembers the text of a prepared statement, and gives the text of one that is repeated by its name. */
  textOf(text: string | undefined, name: string | undefined): string | undefined {
    if (name === undefined) return text;
    if (text === undefined) return this.#texts.get(name);
    this.#texts.set(name, text);
    return text;
  }

  /** Takes facts back that a statement has made doubtful by its command tag, if its text shows that it changed none of them. */
  keepFacts(asked: AskedFacts | undefined, text: string | undefined): void {
    if (this.asked === undefined && text !== undefined && CHANGES_NO_FACT.test(text)) this.asked = asked;
  }

  noteSessionChange(traits: TextTraits | undefined): void {
    if (traits?.changesSession) this.#changeSession();
  }

  #complete(tag: string): void {
    // Most statements are reads.
    if (tag.startsWith('SELECT ')) return;
    const command = /^[A-Z]*/.exec(tag)?.[0] ?? '';
    if (command === 'BEGIN' || command === 'START') this.transaction ??= transactionOf(undefined);
    if (HARMLESS.has(command)) return;
    if (this.transaction !== undefined && !isSetting(command)) this.transaction.hasWritten = true;
    if (!ROWS.has(command)) this.#changeSession();
  }

  #ready(status: string | undefined): void {
    this.#hasBegun = true;
    if (status === 'I') {
      if (this.transaction?.changedSession) this.asked = undefined;
      this.transaction = undefined;
    } else this.transaction ??= transactionOf(undefined);
  }

  #changeSession(): void {
    this.asked = undefined;
    if (this.transaction !== undefined) this.transaction.changedSession = true;
  }
}

function isSetting(command: string): boolean {
  return command === 'SET' || command === 'RESET' || command === 'DISCARD';
}

function transactionOf(begunBy: ObservedLoad | undefined): Transaction {
  return { begunBy, beganAt: 0, hasWritten: false, changedSession: false };
}
