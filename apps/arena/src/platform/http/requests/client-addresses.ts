import { type IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** IPv6 clients have a network of this many groups to choose addresses from. */
const NETWORK_GROUPS = 4;

/** Knows where requests come from. */
export class ClientAddresses {
  /** @param proxies how many proxies of ours stand before arena, each of which adds an address to `X-Forwarded-For` */
  constructor(private readonly proxies: number) {}

  /** The address of whoever sent a request: for IPv6 their network, all of whose addresses they have. */
  of({ headers, socket }: IncomingMessage): string {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    const passed = [...forwarded.map((address) => address.trim()).filter(Boolean), socket.remoteAddress ?? ''];
    // What stands left of what our proxies have added, anybody may have written.
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
