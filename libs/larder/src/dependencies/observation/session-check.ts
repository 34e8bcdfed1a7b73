import type { AsyncScope } from '../../base/async-scope.js';
import type { AskedFacts, ConnectionState } from './connection-state.js';
import type { PgClient, PgResult } from './driver/pg-parts.js';
import type { ObservedLoad } from './observed-load.js';
import { ASK_FACTS, faultOf, type SessionFacts } from './session-facts.js';

type Query = (...given: unknown[]) => unknown;

/** A statement, with what was known of its session when it was sent. */
interface SentAfter {
  readonly client: PgClient;
  readonly state: ConnectionState;
  readonly asked: AskedFacts | undefined;
}

/** Compares the session of each connection that loads use with the database that is observed (rule 17). */
export class SessionCheck {
  #reference: SessionFacts | undefined;
  #learning: Promise<void> | undefined;
  #source: { query(text: string): unknown } | undefined;
  /** How results are written, by the first connection of each pool that a load used; without a pool of pg, by each connection. */
  readonly #formats = new WeakMap<object, string>();

  constructor(private readonly scope: AsyncScope<ObservedLoad>) {}

  /** Resolves when it is known which database the loads read, or that it cannot be reached. */
  async ready(): Promise<void> {
    if (this.#reference === undefined || this.#learning !== undefined) await this.learn();
  }

  /** Learns which database the loads read. Resolves when it has answered, or cannot be reached. */
  learn(source = this.#source): Promise<void> {
    this.#source ??= source;
    this.#learning ??= this.scope
      .detach(() => this.#ask(source))
      .finally(() => {
        this.#learning = undefined;
      });
    return this.#learning;
  }

  /**
   * Asks a connection for its facts if they are not known, in front of the next statement. Never inside a transaction, whose
   * snapshot it might take, or which it might break.
   *
   * @returns what is known of the session for a statement that is sent now
   */
  ask(client: PgClient, state: ConnectionState, original: Query): AskedFacts | undefined {
    if (state.asked === undefined && state.transaction === undefined) state.asked = this.#send(client, state, original);
    return state.asked;
  }

  /** Why a statement that has ended cannot be used, if it cannot. */
  faultOf({ client, state, asked }: SentAfter): string | undefined {
    if (asked === undefined || asked !== state.asked) return 'the session was changed';
    if (asked.facts === undefined) return 'the session could not be asked';
    // Once for each connection, not for each statement.
    if (asked.fits !== undefined && asked.fits.reference === this.#reference && asked.fits.pool === state.pool)
      return undefined;
    return this.#faultOf(asked, asked.facts, client, state);
  }

  #send(client: PgClient, state: ConnectionState, original: Query): AskedFacts {
    const asked: AskedFacts = { facts: undefined, fits: undefined };
    const failed = () => {
      if (state.asked === asked) state.asked = undefined;
    };
    (original.call(client, ASK_FACTS) as Promise<PgResult>).then(({ rows }) => {
      asked.facts = rows[0] as SessionFacts;
    }, failed);
    return asked;
  }

  #faultOf(asked: AskedFacts, facts: SessionFacts, client: PgClient, state: ConnectionState): string | undefined {
    const reference = this.#reference;
    if (reference === undefined) {
      void this.learn();
      return 'the observed database has not answered yet';
    }
    const fault = faultOf(facts, reference, client.processID);
    // The server may have been restarted since.
    if (facts.server !== reference.server) void this.learn();
    if (fault !== undefined) return fault;
    // Libraries with pools of their own set up each connection before they use it.
    const pool = state.pool ?? state;
    const formats = this.#formats.get(pool);
    if (formats === undefined) this.#formats.set(pool, facts.formats);
    if (formats !== undefined && formats !== facts.formats)
      return `the session writes values otherwise: ${facts.formats}`;
    asked.fits = { reference, pool: state.pool };
    return undefined;
  }

  async #ask(source: { query(text: string): unknown } | undefined): Promise<void> {
    if (source === undefined) return;
    try {
      const { rows } = (await source.query(ASK_FACTS)) as PgResult;
      this.#reference = rows[0] as SessionFacts;
    } catch {
      // The next load asks again.
    }
  }
}
