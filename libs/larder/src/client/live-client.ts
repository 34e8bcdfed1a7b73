import { applyPatch, type PatchOperation } from './apply-patch.js';

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

type Mode = 'invalidated' | 'value' | 'patch';

interface Following {
  readonly message: { id: string; query: string; args: readonly unknown[]; mode: Mode };
  /** Called with the value in the modes `value` and `patch`, without one in mode `invalidated`. */
  readonly next: (value?: unknown) => void;
  readonly problem: OnProblem;
  /** The value for the next patch, which the caller cannot change, and the number of its message; while it subscribes, none. */
  last: { readonly value: unknown; readonly seq: number } | undefined;
}

type Changed = { readonly id: string; readonly value?: unknown; readonly seq?: number };
type Patched = { readonly id: string; readonly patch: readonly PatchOperation[]; readonly seq: number };
type Refused = { readonly id: string } & LiveProblem;
type Answer =
  | { readonly ok: true; readonly value?: unknown; readonly seq?: number }
  | ({ readonly ok: false } & LiveProblem);

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
      const following = this.#following.get((body as Changed).id);
      if (following !== undefined) deliver(following, body as Changed);
    };
    this.#listeners = {
      connect: () => {
        for (const following of this.#following.values()) this.#subscribe(following);
      },
      invalidated: changed,
      value: changed,
      patch: (body) => this.#patch(body as Patched),
      refused: (body) => {
        const { id, code, message } = body as Refused;
        this.#following.get(id)?.problem({ code, message });
      },
    };
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
  }

  /**
   * Calls `next` with the current value, and with the new one after each change. Each call gets an object of its own.
   *
   * @returns a function that ends the subscription
   */
  values<Name extends keyof Queries & string>(
    query: Name,
    args: Queries[Name]['args'],
    next: (value: Queries[Name]['value']) => void,
    problem: OnProblem = () => {},
  ): () => void {
    return this.#follow(query, args, 'patch', next, problem);
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
    mode: Mode,
    next: (value: never) => void,
    problem: OnProblem,
  ): () => void {
    const id = String(++this.#count);
    const message = { id, query, args, mode };
    const following: Following = { message, next: next as Following['next'], problem, last: undefined };
    this.#following.set(id, following);
    // Before the connection, `connect` subscribes; subscribing here too would do it twice.
    if (this.#socket.connected) this.#subscribe(following);
    return () => this.#end(id);
  }

  #subscribe(following: Following, mode = following.message.mode): void {
    const { message } = following;
    following.last = undefined;
    this.#socket.emit('subscribe', { ...message, mode }, (answer: Answer) => {
      if (this.#following.get(message.id) !== following) return;
      if (answer.ok) deliver(following, answer);
      // A server of an earlier release does not know the mode.
      else if (answer.code === 'invalid-message' && mode === 'patch') this.#subscribe(following, 'value');
      else following.problem({ code: answer.code, message: answer.message });
    });
  }

  #patch({ id, patch, seq }: Patched): void {
    const following = this.#following.get(id);
    // While it subscribes, the answer brings the whole value.
    if (following?.last === undefined) return;
    const { last } = following;
    if (seq === last.seq + 1) deliver(following, { value: applyPatch(last.value, patch), seq });
    else this.#subscribe(following);
  }

  #end(id: string): void {
    if (!this.#following.delete(id) || !this.#socket.connected) return;
    this.#socket.emit('unsubscribe', { id });
  }
}

function deliver(following: Following, { value, seq }: Omit<Changed, 'id'>): void {
  following.last = seq === undefined ? undefined : { value, seq };
  // A caller that changes its value must not change the one that the next patch applies to.
  following.next(seq === undefined ? value : structuredClone(value));
}
