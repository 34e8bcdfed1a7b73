import type { Cluster, Redis } from 'ioredis';

type Client = Redis | Cluster;

/** Explains why a client cannot use Redis, from its last error. Never contains a password. */
export class ClientFaults {
  readonly #client: Client;
  readonly #where: string;
  readonly #secrets: readonly string[];
  readonly #isSecure: boolean;
  #last: string | undefined;
  readonly #listeners: readonly (readonly [event: string, listener: (error?: unknown) => void])[] = [
    // Without a listener, a failing connection would end the process.
    ['error', (error) => (this.#last = this.#clean(error))],
    ['node error', (error) => (this.#last = this.#clean(error))],
    ['close', () => (this.#last ??= CLOSED)],
    ['ready', () => (this.#last = undefined)],
  ];

  constructor(client: Client) {
    this.#client = client;
    this.#where = placeOf(client);
    this.#secrets = secretsOf(client);
    this.#isSecure = isSecure(client);
    for (const [event, listener] of this.#listeners) client.on(event, listener);
  }

  /** A clause that names the server and the reason why it cannot be used; `undefined` if it can. */
  get problem(): string | undefined {
    if (this.#last !== undefined) return this.describe(this.#last);
    return this.#client.status === 'ready' ? undefined : this.describe(`it has not answered, ${this.#client.status}`);
  }

  /** A clause that names the server, an error and the likely remedy. */
  describe(error: unknown): string {
    const text = this.#clean(error);
    return `Redis at ${this.#where} cannot be used (${text}${hintFor(text, this.#isSecure)})`;
  }

  #clean(error: unknown): string {
    const text = textOf(error);
    return this.#secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '…'), text);
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
    /wrong version number|packet length|ETIMEDOUT|before secure|not answered/i,
    'if its port does not speak TLS, use redis://',
    true,
  ],
  [/closed the connection|ECONNRESET/, 'if its port speaks TLS, use rediss://', false],
];

function isSecure(client: Client): boolean {
  const { tls } = client.isCluster ? ((client as Cluster).options.redisOptions ?? {}) : (client as Redis).options;
  return tls !== undefined && tls !== null;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one host failed: the error itself has no message.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(textOf))].join('; ');
  // The cluster client reports that it could not refresh its slots; the reason is in `lastNodeError`.
  const { lastNodeError } = error as { lastNodeError?: unknown };
  return lastNodeError === undefined ? error.message.replace(/\.$/, '') : textOf(lastNodeError);
}

function placeOf(client: Client): string {
  if (client.isCluster) {
    const nodes = (client as unknown as { startupNodes: readonly unknown[] }).startupNodes;
    return nodes.map(placeOfNode).join(', ');
  }
  const { host, port, path, sentinels, name } = (client as Redis).options;
  if (sentinels) return `${name} of the Sentinels ${sentinels.map(placeOfNode).join(', ')}`;
  return path ?? `${host}:${port}`;
}

/** Nodes may be ports, URLs or objects; a URL may contain a password. */
function placeOfNode(node: unknown): string {
  if (typeof node !== 'object' || node === null) return String(node).replace(/^.*@/, '');
  const { host = '127.0.0.1', port = 6379 } = node as { host?: string; port?: number };
  return `${host}:${port}`;
}

function secretsOf(client: Client): readonly string[] {
  const { password, sentinelPassword } = client.isCluster
    ? ((client as Cluster).options.redisOptions ?? {})
    : (client as Redis).options;
  return [password, sentinelPassword].filter((secret): secret is string => !!secret && secret.length > 2);
}
