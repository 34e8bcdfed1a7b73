import { readFileSync } from 'node:fs';
import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';
import { LarderOptionsError } from '../base/errors.js';

/** The hosts a client connects to first, and its password. */
export interface Endpoint {
  readonly hosts: readonly string[];
  readonly password: string | undefined;
}

/** A client library. */
export type RedisLibrary = 'ioredis' | 'node-redis';

/** One server (possibly behind Sentinels), or a cluster. */
export type ParsedAddress =
  | { readonly kind: 'single'; readonly options: RedisOptions }
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly ClusterNode[];
      readonly options: RedisOptions;
      readonly cluster?: ClusterOptions;
    };

const TAKES =
  'redis://[user:password@]host[:port][/database], rediss://…, redis+sentinel://host:port,host:port/master-name ' +
  'or redis+cluster://host:port,host:port';

const URL_PARTS =
  /^(redis|rediss|redis\+sentinel|rediss\+sentinel|redis\+cluster|rediss\+cluster):\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

/** Query parameters of the URL. */
const PARAMETERS = [
  'client',
  'family',
  'ca',
  'cert',
  'key',
  'servername',
  'sentinelUsername',
  'sentinelPassword',
] as const;
const LIBRARIES: readonly RedisLibrary[] = ['ioredis', 'node-redis'];
const OF_TLS = ['ca', 'cert', 'key', 'servername'] as const;
const OF_SENTINEL = ['sentinelUsername', 'sentinelPassword'] as const;

type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>;

/**
 * Parses a URL. Errors never show it, because it may contain a password.
 *
 * @throws LarderOptionsError if the URL is invalid
 */
export function parseRedisUrl(url: string): ParsedAddress & { readonly library: RedisLibrary } {
  const [, scheme, account, hosts, path, query] = URL_PARTS.exec(url.trim()) ?? [];
  const nodes = hosts?.split(',').map(toNode);
  if (scheme === undefined || nodes === undefined || nodes.some((node) => node === undefined)) throw unreadable();
  const [first, ...others] = nodes as Node[];
  const parameters = parametersIn(query, scheme);
  const library = libraryIn(parameters);
  const access = { ...credentials(account), ...family(parameters), ...tls(scheme, parameters) };
  const segments = path?.split('/').filter((segment) => segment !== '') ?? [];
  if (scheme.endsWith('cluster')) {
    if (segments.length > 0) throw unreadable();
    return { library, kind: 'cluster', nodes: nodes as Node[], options: access };
  }
  if (scheme.endsWith('sentinel')) {
    const [name, db] = segments;
    if (name === undefined || segments.length > 2) throw unreadable();
    const sentinels = (nodes as Node[]).map(({ host, port }) => ({ host, port: port ?? 26_379 }));
    return {
      library,
      kind: 'single',
      options: { ...access, ...sentinelAccess(access.tls, parameters), sentinels, name, db: toDatabase(db) },
    };
  }
  if (others.length > 0 || segments.length > 1 || first === undefined) throw unreadable();
  return {
    library,
    kind: 'single',
    options: { ...access, host: first.host, port: first.port ?? 6379, db: toDatabase(segments[0]) },
  };
}

interface Node {
  readonly host: string;
  readonly port: number | undefined;
}

function toNode(text: string): Node | undefined {
  const [, host, port] = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? undefined : Number(port) };
}

function credentials(account: string | undefined): { username?: string; password?: string } {
  if (!account) return {};
  const colon = account.indexOf(':');
  const [username, password] =
    colon === -1 ? [account, undefined] : [account.slice(0, colon), account.slice(colon + 1)];
  return { username: decode(username) || undefined, password: decode(password) };
}

function parametersIn(query: string | undefined, scheme: string): Parameters {
  const found: Parameters = {};
  for (const part of query?.split('&').filter(Boolean) ?? []) {
    const equals = part.indexOf('=');
    const given = equals === -1 ? part : part.slice(0, equals);
    const name = PARAMETERS.find((known) => known === given);
    if (name === undefined) {
      throw invalid(`has an unknown parameter: got ${given.slice(0, 50)}, expected ${PARAMETERS.join(', ')}`);
    }
    found[name] = decode(equals === -1 ? '' : part.slice(equals + 1)) as string;
  }
  const without = (names: readonly (keyof Parameters)[]) => names.find((name) => found[name] !== undefined);
  const ofTls = scheme.startsWith('rediss') ? undefined : without(OF_TLS);
  if (ofTls) throw invalid(`has the parameter ${ofTls}, which is for TLS; begin the URL with rediss`);
  const ofSentinel = scheme.endsWith('sentinel') ? undefined : without(OF_SENTINEL);
  if (ofSentinel) throw invalid(`has the parameter ${ofSentinel}, which is for redis+sentinel://`);
  return found;
}

function libraryIn({ client = 'ioredis' }: Parameters): RedisLibrary {
  const library = LIBRARIES.find((known) => known === client);
  if (library !== undefined) return library;
  throw invalid(`has an unknown client: got ${client.slice(0, 50)}, expected ${LIBRARIES.join(' or ')}`);
}

function family({ family }: Parameters): { family?: number } {
  if (family === undefined) return {};
  if (!['0', '4', '6'].includes(family)) throw invalid('has a parameter family that is not 0 (both), 4 or 6');
  return { family: Number(family) };
}

function tls(scheme: string, { ca, cert, key, servername }: Parameters): Pick<RedisOptions, 'tls'> {
  if (!scheme.startsWith('rediss')) return {};
  return {
    tls: {
      ...(ca && { ca: contentOf(ca, 'ca') }),
      ...(cert && { cert: contentOf(cert, 'cert') }),
      ...(key && { key: contentOf(key, 'key') }),
      ...(servername && { servername }),
    },
  };
}

/** Sentinels have their own account, and use TLS if the servers do. */
function sentinelAccess(tls: RedisOptions['tls'], parameters: Parameters): RedisOptions {
  const { sentinelUsername, sentinelPassword } = parameters;
  return {
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

function contentOf(file: string, name: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw invalid(`has a parameter ${name} that names no readable file (${(error as NodeJS.ErrnoException).code})`);
  }
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function toDatabase(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d+$/.test(text)) throw unreadable();
  return Number(text);
}

function unreadable(): LarderOptionsError {
  return new LarderOptionsError([
    `invalid Redis URL (not shown, it may hold a password): expected ${TAKES}, with special characters of user and password ` +
      `percent-encoded, and after a question mark ${PARAMETERS.join(', ')}`,
  ]);
}

function invalid(problem: string): LarderOptionsError {
  return new LarderOptionsError([`The Redis URL (not shown, it may hold a password) ${problem}`]);
}
