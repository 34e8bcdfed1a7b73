import type { AsyncScope } from '../../base/async-scope.js';
import { UNOBSERVED } from '../../postgres/unobserved.js';
import type { ActiveLoads } from './active-loads.js';
import type { CommitHold } from './commit-hold.js';
import { ConnectionState, type Transaction } from './connection-state.js';
import { type Callback, isSubmittable, type PgClient, type PgResult, type Submittable } from './driver/pg-parts.js';
import {
  callbackOf,
  type Given,
  namedText,
  type Statement,
  statementOf,
  withCallback,
  withValues,
} from './driver/statement.js';
import { before, bindHandlers, readersOf } from './driver/submittable.js';
import type { ObservedLoad } from './observed-load.js';
import { noteOutcome, noteRead, readOf, type Sent } from './outcome.js';
import type { SessionCheck } from './session-check.js';
import { ASK_FACTS } from './session-facts.js';

type Query = (...given: unknown[]) => unknown;

/** What happens around `Client.prototype.query`. */
export class ClientHook {
  readonly #states = new WeakMap<PgClient, ConnectionState>();

  constructor(
    private readonly scope: AsyncScope<ObservedLoad>,
    private readonly sessions: SessionCheck,
    private readonly active: ActiveLoads,
    private readonly commits: CommitHold | undefined,
  ) {}

  query(client: PgClient, original: Query, given: Given): unknown {
    // What observers ask is no statement of the application.
    if (UNOBSERVED in client || given[0] === ASK_FACTS) return original.apply(client, given);
    const state = this.stateOf(client);
    if (this.commits === undefined || state === undefined) return this.#query(client, state, original, given);
    const { text, name } = namedText(given[0]);
    return this.commits.around({ client, state, text: state.textOf(text, name) }, given, (held) =>
      this.#query(client, state, original, held),
    );
  }

  #query(client: PgClient, state: ConnectionState | undefined, original: Query, given: Given): unknown {
    const load = this.scope.current;
    const [config] = given;
    if (load === undefined || load.hasEnded) {
      if (isSubmittable(config)) this.#bindReaders(config, undefined);
      return this.#pass(client, state, original, given);
    }
    if (isSubmittable(config)) this.#bindReaders(config, load);
    if (state === undefined) load.refuse('a client such as pg.native cannot be observed');
    else if (client.pipeline) load.refuse('a connection pipelines its queries');
    else return this.#observe(client, original, given, this.#sent(client, state, original, given, load));
    return original.apply(client, this.#bound(given));
  }

  /** A statement outside loads. */
  #pass(client: PgClient, state: ConnectionState | undefined, original: Query, given: Given): unknown {
    if (state !== undefined) {
      const { text, name } = namedText(given[0]);
      if (name !== undefined) state.textOf(text, name);
      state.noteSessionChange(text);
      state.isFresh = false;
    }
    if (state === undefined || this.active.isEmpty || isSubmittable(given[0]))
      return original.apply(client, this.#bound(given));
    const statement = this.#statement(state, given);
    const sentAt = this.active.count();
    const { transaction } = state;
    return this.#tap(client, original, withValues(given, statement.values), (error, result) => {
      this.#share({ statement, sentAt, load: undefined }, transaction, error, result);
    });
  }

  #share(
    { load, statement, sentAt }: Pick<Sent, 'statement' | 'sentAt'> & { load: ObservedLoad | undefined },
    transaction: Transaction | undefined,
    error: unknown,
    result?: PgResult,
  ): void {
    const read = () => readOf(statement, result);
    this.active.share({ load, sentAt, transaction, hasFailed: Boolean(error), read });
  }

  #sent(client: PgClient, state: ConnectionState, original: Query, given: Given, load: ObservedLoad): Sent {
    const statement = this.#statement(state, given);
    return {
      load,
      state,
      statement,
      sentAt: this.active.count(),
      sessionFault: this.sessions.ask(client, state, original),
    };
  }

  #statement(state: ConnectionState, [config, values]: Given): Statement {
    const statement = statementOf(config, values);
    const { name, text } = statement;
    // No copy for most: this runs for each query of a load.
    return name === undefined ? statement : { ...statement, text: state.textOf(text, name) };
  }

  #observe(client: PgClient, original: Query, given: Given, sent: Sent): unknown {
    const { load, state, statement } = sent;
    if (isSubmittable(given[0])) {
      // Its end may come long after the load's. The rows that the load reads are those of when it was sent.
      this.#watch(given[0], sent);
      return original.apply(client, this.#bound(given));
    }
    load.begin();
    const { asked } = state;
    return this.#tap(client, original, withValues(given, statement.values), (error, result) => {
      load.settle();
      // Rule 4: the load may swallow the error.
      refuse(load, result === undefined || error ? 'a query failed' : noteOutcome(sent, result));
      this.#share(sent, state.transaction, error, result);
      state.keepFacts(asked, statement.text);
      state.noteSessionChange(statement.text);
    });
  }

  /** Sends a query and hears of its end before the application does. */
  #tap(client: PgClient, original: Query, given: Given, settled: (error: unknown, result?: PgResult) => void): unknown {
    const callback = callbackOf(given);
    try {
      if (callback === undefined) {
        const result = original.apply(client, given);
        (result as Promise<PgResult>).then((value) => settled(undefined, value), settled);
        return result;
      }
      const bound = this.scope.bind((error: unknown, result: PgResult) => {
        settled(error, result);
        return callback(error, result);
      });
      return original.apply(client, withCallback(given, bound as Callback));
    } catch (error) {
      settled(error);
      throw error;
    }
  }

  /** A cursor, or a query with events of its own. */
  #watch(query: Submittable, sent: Sent): void {
    const { load, state, statement } = sent;
    before(query, 'submit', () => refuse(load, noteRead({ ...sent, sessionFault: () => undefined })));
    before(query, 'handleError', () => load.refuse('a query failed'));
    before(query, 'handleRowDescription', () => {
      refuse(load, sent.sessionFault());
      state.noteSessionChange(statement.text);
    });
  }

  #bindReaders(query: Submittable, load: ObservedLoad | undefined): void {
    bindHandlers(query, (work) => this.scope.bind(work));
    // Rule 4: rows of a cursor that was opened elsewhere come from a snapshot of then.
    for (const reader of readersOf(query)) {
      before(reader, 'read', () => {
        const current = this.scope.current;
        if (current !== load) current?.refuse('a cursor was opened outside the load');
      });
    }
  }

  /** A callback outside loads must not run in the load whose end lets it run. */
  #bound(given: Given): Given {
    const last = given.length - 1;
    if (typeof given[last] !== 'function') return given;
    given[last] = this.scope.bind(given[last] as Callback);
    return given;
  }

  stateOf(client: PgClient): ConnectionState | undefined {
    let state = this.#states.get(client);
    if (state === undefined) {
      state = ConnectionState.of(client);
      if (state !== undefined) this.#states.set(client, state);
    }
    return state;
  }
}

function refuse(load: ObservedLoad, reason: string | undefined): void {
  if (reason !== undefined) load.refuse(reason);
}
