import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** The number of groups in the network prefix of an IPv6 client, which can use every address in it. */
const NETWORK_GROUPS = 4;

/** Finds the addresses of clients. */
export class ClientAddresses {
  /** @param proxies how many trusted proxies stand in front of arena; each adds an address to `X-Forwarded-For` */
  constructor(private readonly proxies: number) {}

  /** The address of a request's client; for IPv6 its network, because a client has all addresses of it. */
  of({ headers, socket }: IncomingMessage): string {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    const passed = [...forwarded.map((address) => address.trim()).filter(Boolean), socket.remoteAddress ?? ''];
    // Only addresses added by trusted proxies count; the client may have forged those to their left.
    const address = passed[Math.max(0, passed.length - 1 - this.proxies)] || 'unknown';
    return networkOf(address.replace(/^::ffff:(?=\d+\.)/i, ''));
  }
}

function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter(Boolean)) as [string[], string[]?];
  const zeros = tail === undefined ? [] : Array(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const groups = [...head, ...zeros, ...(tail ?? [])];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
