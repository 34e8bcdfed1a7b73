const MAX_ID_LENGTH = 64;
const MAX_QUERY_LENGTH = 200;
const MAX_ARGUMENTS = 16;
const MAX_SHOWN = 50;

const MODES = ['invalidated', 'value', 'patch'] as const;

export type Mode = (typeof MODES)[number];

/** The message of a client that subscribes. */
export interface SubscribeMessage {
  /** Chosen by the client; every event of the subscription carries it. 1 to 64 characters. */
  readonly id: string;
  /** `Class.method` of a cached route, or its `@CacheName`. 1 to 200 characters. */
  readonly query: string;
  /** Values for the parameters of the method that come from the URL, in their order: at most 16. Default: none. */
  readonly args: readonly unknown[];
  /**
   * After a change, `'invalidated'` sends an event without a value, `'value'` the new value, and `'patch'` the difference where
   * that is smaller. Default `'invalidated'`.
   */
  readonly mode: Mode;
}

export interface UnsubscribeMessage {
  readonly id: string;
}

/** A valid message, or the problem as a clause of an error message. */
export type Read<Message> = { readonly message: Message } | { readonly problem: string };

/** @param body an unchecked message of a client */
export function readSubscribe(body: unknown): Read<SubscribeMessage> {
  const problem = problemOfMembers(body, ['id', 'query', 'args', 'mode']);
  if (problem !== undefined) return { problem };
  const { id, query, args = [], mode = 'invalidated' } = body as Readonly<Record<string, unknown>>;
  if (!isText(id, MAX_ID_LENGTH)) return { problem: textOf('id', MAX_ID_LENGTH) };
  if (!isText(query, MAX_QUERY_LENGTH)) return { problem: textOf('query', MAX_QUERY_LENGTH) };
  if (!Array.isArray(args) || args.length > MAX_ARGUMENTS) {
    return { problem: `args must be a list of at most ${MAX_ARGUMENTS} arguments` };
  }
  if (!isMode(mode)) return { problem: "mode must be 'invalidated', 'value' or 'patch'" };
  return { message: { id, query, args, mode } };
}

/** @param body an unchecked message of a client */
export function readUnsubscribe(body: unknown): Read<UnsubscribeMessage> {
  const problem = problemOfMembers(body, ['id']);
  if (problem !== undefined) return { problem };
  const { id } = body as Readonly<Record<string, unknown>>;
  return isText(id, MAX_ID_LENGTH) ? { message: { id } } : { problem: textOf('id', MAX_ID_LENGTH) };
}

function problemOfMembers(body: unknown, known: readonly string[]): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'expected an object';
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  return unknown === undefined
    ? undefined
    : `unknown member ${unknown.slice(0, MAX_SHOWN)}, expected ${known.join(', ')}`;
}

function isMode(given: unknown): given is Mode {
  return MODES.includes(given as Mode);
}

function isText(given: unknown, most: number): given is string {
  return typeof given === 'string' && given.length > 0 && given.length <= most;
}

function textOf(name: string, most: number): string {
  return `${name} must be a string of 1 to ${most} characters`;
}

/** The first value of a subscription; absent in mode `invalidated`. `seq` is there in mode `patch`. */
export interface FirstValue {
  readonly value?: unknown;
  readonly seq?: number;
}

/** The acknowledgement of a message. */
export type Acknowledgement = ({ readonly ok: true } & FirstValue) | ({ readonly ok: false } & Refusal);

/** Why the server refused a message or ended a subscription. */
export interface Refusal {
  /** `invalid-message`, `unknown-query`, `too-many-subscriptions`, `not-allowed`, `off` or `failed`. */
  readonly code: string;
  readonly message: string;
}
