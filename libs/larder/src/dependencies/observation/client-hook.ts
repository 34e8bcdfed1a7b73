import type { AsyncScope } from '../../base/async-scope.js';
import { UNOBSERVED } from '../../postgres/unobserved.js';
import type { ActiveLoads } from './active-loads.js';
import type { CommitHold } from './commit-hold.js';
import { ConnectionState, type Transaction } from './connection-state.js';
import { type Callback, isSubmittable, type PgClient, type PgResult, type Submittable } from './driver/pg-parts.js';
import { callbackOf, type Given, namedText, putValues, valuesOf, withCallback } from './driver/statement.js';
import { before, bindHandlers, readersOf } from './driver/submittable.js';
import type { KnownTexts, TextTraits } from './known-texts.js';
import type { ObservedLoad } from './observed-load.js';
import { noteOutcome, noteRead, readOf, type Sent } from './outcome.js';
import type { SessionCheck } from './session-check.js';
import { ASK_FACTS } from './session-facts.js';

type Query = (...given: unknown[]) => unknown;

interface ClientHookParts {
  readonly scope: AsyncScope<ObservedLoad>;
  readonly sessions: SessionCheck;
  readonly active: ActiveLoads;
  readonly commits: CommitHold | undefined;
  readonly texts: KnownTexts;
}

/** A statement outside loads that a load may wait for, on its way. */
interface SentOutside extends Pick<Sent, 'traits' | 'values' | 'sentAt'> {
  readonly load: undefined;
  readonly transaction: Transaction | undefined;
}

/** What happens around `Client.prototype.query`. It runs for every query of the process: it makes little, and asks for nothing twice. */
export class ClientHook {
  readonly #states = new WeakMap<PgClient, ConnectionState>();

  constructor(private readonly parts: ClientHookParts) {}

  query(client: PgClient, original: Query, given: Given): unknown {
    // What observers ask is no statement of the application.
    if (UNOBSERVED in client || given[0] === ASK_FACTS) return original.apply(client, given);
    const { commits } = this.parts;
    const state = this.stateOf(client);
    const traits = this.#traitsOf(state, given);
    if (commits === undefined || state === undefined || traits?.isPlainRead) {
      return this.#query(client, state, original, given, traits);
    }
    return commits.around({ client, state, text: traits?.text }, given, (held) =>
      this.#query(client, state, original, held, traits),
    );
  }

  #query(
    client: PgClient,
    state: ConnectionState | undefined,
    original: Query,
    given: Given,
    traits: TextTraits | undefined,
  ): unknown {
    const load = this.parts.scope.current;
    const [config] = given;
    if (load === undefined || load.hasEnded) {
      if (isSubmittable(config)) this.#bindReaders(config, undefined);
      return this.#pass(client, state, original, given, traits);
    }
    if (isSubmittable(config)) this.#bindReaders(config, load);
    if (state === undefined) load.refuse('a client such as pg.native cannot be observed');
    else if (client.pipeline) load.refuse('a connection pipelines its queries');
    else return this.#observe(client, original, given, this.#sent(client, state, original, given, load, traits));
    return original.apply(client, this.#bound(given));
  }

  /** A statement outside loads. */
  #pass(
    client: PgClient,
    state: ConnectionState | undefined,
    original: Query,
    given: Given,
    traits: TextTraits | undefined,
  ): unknown {
    const { active } = this.parts;
    if (state !== undefined) {
      state.noteSessionChange(traits);
      state.isFresh = false;
    }
    if (state === undefined || active.isEmpty || isSubmittable(given[0]))
      return original.apply(client, this.#bound(given));
    const values = valuesOf(given);
    putValues(given, values);
    const { transaction } = state;
    return this.#tap(client, original, given, { load: undefined, traits, values, sentAt: active.count(), transaction });
  }

  #share(sent: Sent | SentOutside, transaction: Transaction | undefined, error: unknown, result?: PgResult): void {
    const { active } = this.parts;
    const { load, sentAt } = sent;
    if (!active.isAwaitedBeside(load)) return;
    const read = () => readOf(sent, result);
    active.share({ load, sentAt, transaction, hasFailed: Boolean(error), read });
  }

  #sent(
    client: PgClient,
    state: ConnectionState,
    original: Query,
    given: Given,
    load: ObservedLoad,
    traits: TextTraits | undefined,
  ): Sent {
    const { active, sessions } = this.parts;
    const asked = sessions.ask(client, state, original);
    return { load, client, state, traits, values: valuesOf(given), sentAt: active.count(), sessions, asked };
  }

  #traitsOf(state: ConnectionState | undefined, [config]: Given): TextTraits | undefined {
    const { text, name } = namedText(config);
    const known = state === undefined ? text : state.textOf(text, name);
    return known === undefined ? undefined : this.parts.texts.of(known);
  }

  #observe(client: PgClient, original: Query, given: Given, sent: Sent): unknown {
    if (isSubmittable(given[0])) {
      // Its end may come long after the load's. The rows that the load reads are those of when it was sent.
      this.#watch(given[0], sent);
      return original.apply(client, this.#bound(given));
    }
    sent.load.begin();
    putValues(given, sent.values);
    return this.#tap(client, original, given, sent);
  }

  /** Sends a query and hears of its end before the application does. */
  #tap(client: PgClient, original: Query, given: Given, sent: Sent | SentOutside): unknown {
    const callback = callbackOf(given);
    try {
      if (callback === undefined) {
        const result = original.apply(client, given);
        (result as Promise<PgResult>).then(
          (value) => this.#settle(sent, undefined, value),
          (error) => this.#settle(sent, error, undefined),
        );
        return result;
      }
      const bound = this.parts.scope.bind((error: unknown, result: PgResult) => {
        this.#settle(sent, error, result);
        return callback(error, result);
      });
      return original.apply(client, withCallback(given, bound as Callback));
    } catch (error) {
      this.#settle(sent, error, undefined);
      throw error;
    }
  }

  #settle(sent: Sent | SentOutside, error: unknown, result: PgResult | undefined): void {
    if (sent.load === undefined) {
      this.#share(sent, sent.transaction, error, result);
      return;
    }
    const { load, state, traits, asked } = sent;
    load.settle();
    // Rule 4: the load may swallow the error.
    refuse(load, result === undefined || error ? 'a query failed' : noteOutcome(sent, result));
    this.#share(sent, state.transaction, error, result);
    state.keepFacts(asked, traits?.text);
    state.noteSessionChange(traits);
  }

  /** A cursor, or a query with events of its own. */
  #watch(query: Submittable, sent: Sent): void {
    const { load, state, traits, sessions } = sent;
    before(query, 'submit', () => refuse(load, noteRead({ ...sent, sessions: undefined })));
    before(query, 'handleError', () => load.refuse('a query failed'));
    before(query, 'handleRowDescription', () => {
      refuse(load, sessions?.faultOf(sent));
      state.noteSessionChange(traits);
    });
  }

  #bindReaders(query: Submittable, load: ObservedLoad | undefined): void {
    bindHandlers(query, (work) => this.parts.scope.bind(work));
    // Rule 4: rows of a cursor that was opened elsewhere come from a snapshot of then.
    for (const reader of readersOf(query)) {
      before(reader, 'read', () => {
        const current = this.parts.scope.current;
        if (current !== load) current?.refuse('a cursor was opened outside the load');
      });
    }
  }

  /** A callback outside loads must not run in the load whose end lets it run. */
  #bound(given: Given): Given {
    const last = given.length - 1;
    if (typeof given[last] !== 'function') return given;
    given[last] = this.parts.scope.bind(given[last] as Callback);
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
