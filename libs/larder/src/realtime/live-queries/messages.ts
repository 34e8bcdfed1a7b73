const MAX_ID_LENGTH = 64;
const MAX_QUERY_LENGTH = 200;
const MAX_ARGUMENTS = 16;
const MAX_SHOWN = 50;

/** What a client sends to subscribe. */
export interface SubscribeMessage {
  /** Chosen by the client; names the subscription in everything that is sent for it. 1 to 64 characters. */
  readonly id: string;
  /** `Class.method` of a cached route, or its `@CacheName`. 1 to 200 characters. */
  readonly query: string;
  /** For the parameters of the method that come from the URL, in their order: at most 16. Default: none. */
  readonly args: readonly unknown[];
  /** What is sent after a change: that the value is no longer valid, or the new value. Default `'invalidated'`. */
  readonly mode: 'invalidated' | 'value';
}

export interface UnsubscribeMessage {
  readonly id: string;
}

/** A message that has its form, or what is wrong with it, as a clause. */
export type Read<Message> = { readonly message: Message } | { readonly problem: string };

/** @param body whatever a client sent */
export function readSubscribe(body: unknown): Read<SubscribeMessage> {
  const problem = problemOfMembers(body, ['id', 'query', 'args', 'mode']);
  if (problem !== undefined) return { problem };
  const { id, query, args = [], mode = 'invalidated' } = body as Readonly<Record<string, unknown>>;
  if (!isText(id, MAX_ID_LENGTH)) return { problem: textOf('id', MAX_ID_LENGTH) };
  if (!isText(query, MAX_QUERY_LENGTH)) return { problem: textOf('query', MAX_QUERY_LENGTH) };
  if (!Array.isArray(args) || args.length > MAX_ARGUMENTS) {
    return { problem: `args takes a list of at most ${MAX_ARGUMENTS} arguments` };
  }
  if (mode !== 'invalidated' && mode !== 'value') return { problem: "mode takes 'invalidated' or 'value'" };
  return { message: { id, query, args, mode } };
}

/** @param body whatever a client sent */
export function readUnsubscribe(body: unknown): Read<UnsubscribeMessage> {
  const problem = problemOfMembers(body, ['id']);
  if (problem !== undefined) return { problem };
  const { id } = body as Readonly<Record<string, unknown>>;
  return isText(id, MAX_ID_LENGTH) ? { message: { id } } : { problem: textOf('id', MAX_ID_LENGTH) };
}

function problemOfMembers(body: unknown, known: readonly string[]): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'it takes an object';
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  return unknown === undefined
    ? undefined
    : `it has the member ${unknown.slice(0, MAX_SHOWN)}; there are ${known.join(', ')}`;
}

function isText(given: unknown, most: number): given is string {
  return typeof given === 'string' && given.length > 0 && given.length <= most;
}

function textOf(name: string, most: number): string {
  return `${name} takes a text of 1 to ${most} characters`;
}

/** How a subscription was received, answered to the client. */
export type Acknowledgement = { readonly ok: true; readonly value?: unknown } | ({ readonly ok: false } & Refusal);

/** Why something was not done. */
export interface Refusal {
  /** `invalid-message`, `unknown-query`, `too-many-subscriptions`, `not-allowed`, `off` or `failed`. */
  readonly code: string;
  readonly message: string;
}
