import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/**
 * Whether a request that changes something may come from where it comes from. Browsers say it in `Sec-Fetch-Site` or `Origin`,
 * which no page can set; programs send neither, and must send the token in `Authorization`, which no other site's page can.
 */
export function isFromPage({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === host;
  return headers.authorization !== undefined;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether a request comes from this machine, and names it. A page of another site whose name leads to 127.0.0.1 (DNS
 * rebinding) names that site.
 */
export function isLocal({ headers, socket }: IncomingMessage): boolean {
  const { host = '' } = headers;
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  const name = (url?.hostname ?? '').replace(/^\[|\]$/g, '');
  return (name === 'localhost' || isLoopback(name)) && isLoopback(socket.remoteAddress ?? '');
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  const version = isIP(plain);
  return version !== 0 && LOOPBACK.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}
