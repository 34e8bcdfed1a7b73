/** The part of a socket.io-client socket that `LiveClient` uses. */
export interface LiveSocket {
  readonly connected: boolean;
  on(event: string, listener: (...bodies: unknown[]) => void): unknown;
  off(event: string, listener: (...bodies: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
}

/** The live queries of a server: the arguments and the value of each name. */
export type LiveQueries<Given> = { [Name in keyof Given]: { args: readonly unknown[]; value: unknown } };

/** The part of TanStack's QueryClient that `invalidates` uses. */
export interface InvalidatingClient {
  invalidateQueries(filters: { queryKey: readonly unknown[] }): Promise<unknown>;
}

/** Why the server refused a subscription, or failed to send a value. */
export interface LiveProblem {
  /** `not-allowed`, `unknown-query`, `invalid-message`, `too-many-subscriptions`, `off` or `failed`. */
  readonly code: string;
  readonly message: string;
}

type OnProblem = (problem: LiveProblem) => void;

interface Following {
  readonly message: { id: string; query: string; args: readonly unknown[]; mode: 'invalidated' | 'value' };
  /** Called with the value in mode `value`, without one in mode `invalidated`. */
  readonly next: (value?: unknown) => void;
  readonly problem: OnProblem;
}

type Changed = { readonly id: string; readonly value?: unknown };
type Refused = { readonly id: string } & LiveProblem;
type Answer = { readonly ok: true; readonly value?: unknown } | ({ readonly ok: false } & LiveProblem);

/**
 * Follows cached queries of a server. After a reconnect it subscribes again by itself and reports a change, because it may have
 * missed one.
 *
 * @example
 * ```ts
 * type Queries = { 'TournamentsController.one': { args: [id: string]; value: { name: string } } };
 * const live = new LiveClient<Queries>(io('/live', { auth: { token } }));
 * const stop = live.values('TournamentsController.one', ['42'], ({ name }) => console.log(name));
 * ```
 */
export class LiveClient<Queries extends LiveQueries<Queries> = Record<string, { args: unknown[]; value: unknown }>> {
  readonly #socket: LiveSocket;
  readonly #following = new Map<string, Following>();
  readonly #listeners: Readonly<Record<string, (...bodies: unknown[]) => void>>;
  #count = 0;

  /** @param socket of socket.io-client, for the namespace `live`; the caller closes it */
  constructor(socket: LiveSocket) {
    this.#socket = socket;
    const changed = (body: unknown) => {
      const { id, value } = body as Changed;
      this.#following.get(id)?.next(value);
    };
    this.#listeners = {
      connect: () => {
        for (const following of this.#following.values()) this.#subscribe(following);
      },
      invalidated: changed,
      value: changed,
      refused: (body) => {
        const { id, code, message } = body as Refused;
        this.#following.get(id)?.problem({ code, message });
      },
    };
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
  }

  /**
   * Calls `next` with the current value, and with the new one after each change.
   *
   * @returns a function that ends the subscription
   */
  values<Name extends keyof Queries & string>(
    query: Name,
    args: Queries[Name]['args'],
    next: (value: Queries[Name]['value']) => void,
    problem: OnProblem = () => {},
  ): () => void {
    return this.#follow(query, args, 'value', next, problem);
  }

  /**
   * Calls `changed` after each change, and once at the start, because a change may precede the subscription.
   *
   * @returns a function that ends the subscription
   */
  changes<Name extends keyof Queries & string>(
    query: Name,
    args: Queries[Name]['args'],
    changed: () => void,
    problem: OnProblem = () => {},
  ): () => void {
    return this.#follow(query, args, 'invalidated', () => changed(), problem);
  }

  /**
   * Invalidates the queries of TanStack Query below this key after each change.
   *
   * @returns a function that ends the subscription
   */
  invalidates<Name extends keyof Queries & string>(
    client: InvalidatingClient,
    queryKey: readonly unknown[],
    query: Name,
    args: Queries[Name]['args'],
    problem: OnProblem = () => {},
  ): () => void {
    // TanStack reports a failed read to the query itself.
    return this.changes(query, args, () => void client.invalidateQueries({ queryKey }).catch(() => {}), problem);
  }

  /** Ends all subscriptions; does not close the socket. */
  close(): void {
    for (const id of [...this.#following.keys()]) this.#end(id);
    for (const [event, listener] of Object.entries(this.#listeners)) this.#socket.off(event, listener);
  }

  #follow(
    query: string,
    args: readonly unknown[],
    mode: 'invalidated' | 'value',
    next: (value: never) => void,
    problem: OnProblem,
  ): () => void {
    const id = String(++this.#count);
    const following: Following = { message: { id, query, args, mode }, next: next as Following['next'], problem };
    this.#following.set(id, following);
    // Before the connection, `connect` subscribes; subscribing here too would do it twice.
    if (this.#socket.connected) this.#subscribe(following);
    return () => this.#end(id);
  }

  #subscribe(following: Following): void {
    const { id, mode } = following.message;
    this.#socket.emit('subscribe', following.message, (answer: Answer) => {
      if (this.#following.get(id) !== following) return;
      if (!answer.ok) following.problem({ code: answer.code, message: answer.message });
      else following.next(mode === 'value' ? answer.value : undefined);
    });
  }

  #end(id: string): void {
    if (!this.#following.delete(id) || !this.#socket.connected) return;
    this.#socket.emit('unsubscribe', { id });
  }
}
