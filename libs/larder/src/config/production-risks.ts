import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Flags } from '../flags/flags.js';
import { withTimeout } from '../redis/command-timeout.js';
import type { Connection } from '../redis/connection.js';
import type { Endpoint } from '../redis/redis-url.js';

const MIN_TOKEN_LENGTH = 32;
/** Secrets in examples, which attackers try first. */
const SAMPLES = /^(change-?me|password|secret|admin|token|test|example|larder|arena|redis|default|1234\d*)$/i;
/** Timeout of a DNS lookup, in milliseconds. */
const LOOKUP_TIMEOUT = 1000;

/** Flags for demonstrations, which generate data or messages. */
const BY_ITSELF = /^(simulation:|BACKGROUND_BROADCASTING$)/;

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** Demonstration flags that are on. */
export function risksOfFlags(flags: Flags): string[] {
  return flags
    .list()
    .filter(({ name, enabled }) => enabled && BY_ITSELF.test(name))
    .map(({ name }) => `${name} is on`);
}

/** @param token `LARDER_ADMIN_TOKEN` */
export function risksOfToken(token: string | undefined): string[] {
  if (!token) return [];
  if (SAMPLES.test(token)) return ['LARDER_ADMIN_TOKEN is a well-known example; use a random one'];
  if (token.length >= MIN_TOKEN_LENGTH) return [];
  return [`LARDER_ADMIN_TOKEN has ${token.length} characters; it should have ${MIN_TOKEN_LENGTH} or more`];
}

/** Risks of the address and the password of Redis. */
export async function risksOfEndpoint({ hosts, password }: Endpoint): Promise<string[]> {
  if (password) return SAMPLES.test(password) ? ['The password of Redis is a well-known example'] : [];
  const isPublic = await Promise.all(hosts.map(isPublicHost));
  return hosts
    .filter((_, index) => isPublic[index])
    .map((host) => `Redis at the public address ${host} has no password`);
}

/** Risks of a Redis server's configuration. */
export async function risksOfServer(server: Connection): Promise<string[]> {
  const info = String(await server.call('INFO', 'memory'));
  const [, policy = ''] = /^maxmemory_policy:(\S+)/m.exec(info) ?? [];
  const isBounded = !/^maxmemory:0\r?$/m.test(info);
  if (!isBounded || !policy.startsWith('allkeys-')) return [];
  return [
    `The maxmemory-policy of Redis is ${policy}, which can evict the version table, and with it every entry, and can lose ` +
      'acknowledged counts, deadlines and jobs; set it to noeviction or to a volatile- policy such as volatile-lru',
  ];
}

async function isPublicHost(host: string): Promise<boolean> {
  const address = isIP(host) === 0 ? await addressOf(host) : host;
  return address !== undefined && !PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

async function addressOf(host: string): Promise<string | undefined> {
  return withTimeout(lookup(host), LOOKUP_TIMEOUT, 'A host name').then(
    ({ address }) => address,
    () => undefined,
  );
}
