/** What messages about a client need to know of it. */
export interface FaultyClient {
  /** The place of the server, without secrets. */
  readonly where: string;
  /** Texts that no message may contain. */
  readonly secrets: readonly string[];
  /** Whether it connects with TLS. */
  readonly isSecure: boolean;
  /** `ready`, or another word for its state. */
  status(): string;
}

/** Explains why a client cannot use Redis, from its last error. Never contains a password. */
export class ClientFaults {
  readonly #client: FaultyClient;
  #last: string | undefined;

  constructor(client: FaultyClient) {
    this.#client = client;
  }

  note(error: unknown): void {
    this.#last = this.#clean(error);
  }

  /** The server closed the connection; an earlier error says more. */
  noteClose(): void {
    this.#last ??= CLOSED;
  }

  clear(): void {
    this.#last = undefined;
  }

  /** A clause that names the server and the reason why it cannot be used; `undefined` if it can. */
  get problem(): string | undefined {
    if (this.#last !== undefined) return this.describe(this.#last);
    const status = this.#client.status();
    return status === 'ready' ? undefined : this.describe(`it has not answered, ${status}`);
  }

  /** A clause that names the server, an error and the likely remedy. */
  describe(error: unknown): string {
    const { where, isSecure } = this.#client;
    const text = this.#clean(error);
    return `Redis at ${where} cannot be used (${text}${hintFor(text, isSecure)})`;
  }

  #clean(error: unknown): string {
    return this.#client.secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '…'), textOf(error));
  }
}

const CLOSED = 'the server closed the connection without an answer';

/** Redis words this differently for commands and for scripts. */
const DENIED = /^NOPERM|user executing the script can't/;

/** Whether Redis refused a command for lack of permission. */
export function isDenial(error: unknown): boolean {
  return error instanceof Error && DENIED.test(error.message);
}

/** The likely remedy, in terms of options. */
function hintFor(text: string, isSecure: boolean): string {
  const [, hint] = HINTS.find(([pattern, , when = isSecure]) => pattern.test(text) && when === isSecure) ?? [];
  return hint === undefined ? '' : `; ${hint}`;
}

/** Remedies by the text of an error; `isSecure` limits one to connections with TLS, or without. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string, isSecure?: boolean])[] = [
  [/WRONGPASS|invalid (password|username)/i, 'correct user and password'],
  [/NOAUTH/, 'it needs a password'],
  [DENIED, 'its user needs the permissions that docs/redis.md lists'],
  [/self.signed|unable to (verify|get)/i, 'name the file of its CA by ?ca=/path/to/ca.pem', true],
  [
    /wrong version number|packet length|ETIMEDOUT|before secure|not answered|connection timeout/i,
    'if its port does not speak TLS, use redis://',
    true,
  ],
  [/closed the connection|closed unexpectedly|ECONNRESET/, 'if its port speaks TLS, use rediss://', false],
];

/** The text of an error that has the reason, which may be in an error inside of it. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one host failed: the error itself has no message.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(textOf))].join('; ');
  // The cluster client reports that it could not refresh its slots; the reason is in `lastNodeError`.
  const { lastNodeError } = error as { lastNodeError?: unknown };
  return lastNodeError === undefined ? error.message.replace(/\.$/, '') : textOf(lastNodeError);
}

/** Nodes may be ports, URLs or objects; a URL may contain a password. */
export function placeOfNode(node: unknown): string {
  if (typeof node !== 'object' || node === null) return String(node).replace(/^.*@/, '');
  const { host = '127.0.0.1', port = 6379 } = node as { host?: string; port?: number };
  return `${host}:${port}`;
}

/** Secrets that are long enough to be told apart from other text. */
export function secretsAmong(texts: readonly (string | undefined)[]): readonly string[] {
  return texts.filter((text): text is string => !!text && text.length > 2);
}
