import type { IncomingHttpHeaders } from 'node:http';
import type { Schema } from '../../options/option.js';

/** Which pages may open sockets besides those of the same host: origins such as `https://app.example.com`, or all. */
export type Origins = '*' | readonly string[];

/** A code for clients, and for those who look into their logs. */
export const FOREIGN_ORIGIN = 'foreign-origin';
export const FOREIGN_ORIGIN_MESSAGE = 'Pages of this origin may not open sockets here. Add it to the option origins.';

/**
 * Whether the page that opens a socket may do so. Browsers send cookies along with every handshake and let any page open a
 * socket, so only the `Origin` tells whether a page of ours asks, or a page that uses its visitor's cookie.
 *
 * @param headers of the handshake; without an `Origin` it is not a page that asks
 */
export function isAllowedOrigin({ origin, host }: IncomingHttpHeaders, origins: Origins): boolean {
  if (origin === undefined || origins === '*') return true;
  if (origins.includes(origin)) return true;
  try {
    const { host: asking, protocol } = new URL(origin);
    // Parsed with the page's protocol, so that a default port that one of them names makes no difference.
    return host !== undefined && asking === new URL(`${protocol}//${host}`).host;
  } catch {
    // `null` is the origin of pages without one, such as those in a sandbox.
    return false;
  }
}

/** What is wrong with the option, as a clause; `undefined` if nothing is. */
export function problemOfOrigins(origins: unknown): string | undefined {
  if (origins === undefined || origins === '*') return undefined;
  const wrong = Array.isArray(origins) ? origins.find((origin) => !isOrigin(origin)) : origins;
  if (wrong === undefined) return undefined;
  return `holds ${typeof wrong === 'string' ? `'${wrong}'` : String(wrong)}; it takes '*' or a list of origins such as 'https://app.example.com'`;
}

/** The schema of an option that takes origins. */
export const originsSchema: Schema<Origins> = {
  takes: "'*' or a list of origins such as 'https://app.example.com'",
  read: (given) => (problemOfOrigins(given) === undefined ? (given as Origins) : undefined),
  problemsOf: (given, name) => [`${name} ${problemOfOrigins(given)}`],
};

function isOrigin(origin: unknown): boolean {
  try {
    return typeof origin === 'string' && new URL(origin).origin === origin;
  } catch {
    return false;
  }
}
