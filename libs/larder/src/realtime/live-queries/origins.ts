import type { IncomingHttpHeaders } from 'node:http';
import type { Schema } from '../../options/option.js';

/** Which pages may open sockets besides those of the same host: origins such as `https://app.example.com`, or all. */
export type Origins = '*' | readonly string[];

/** The error code that a refused client gets. */
export const FOREIGN_ORIGIN = 'foreign-origin';
export const FOREIGN_ORIGIN_MESSAGE = 'Pages of this origin may not open sockets here. Add it to the option origins.';

/**
 * Whether a page of this origin may open a socket. Browsers let any page open a socket and send the visitor's cookies with the
 * handshake. Only `Origin` distinguishes the application's own pages from a foreign page that uses these cookies.
 *
 * @param headers of the handshake; without an `Origin` the client is not a browser page, and is allowed
 */
export function isAllowedOrigin({ origin, host }: IncomingHttpHeaders, origins: Origins): boolean {
  if (origin === undefined || origins === '*') return true;
  if (origins.includes(origin)) return true;
  try {
    const { host: asking, protocol } = new URL(origin);
    // Parsed with the page's protocol: `a.example` and `a.example:443` are the same host.
    return host !== undefined && asking === new URL(`${protocol}//${host}`).host;
  } catch {
    // `null` is the origin of sandboxed pages.
    return false;
  }
}

/** The problem of the option, as a clause; `undefined` if the option is valid. */
export function problemOfOrigins(origins: unknown): string | undefined {
  if (origins === undefined || origins === '*') return undefined;
  const wrong = Array.isArray(origins) ? origins.find((origin) => !isOrigin(origin)) : origins;
  if (wrong === undefined) return undefined;
  return `got ${typeof wrong === 'string' ? `'${wrong}'` : String(wrong)}, expected '*' or a list of origins such as 'https://app.example.com'`;
}

/** The schema of an option that takes origins. */
export const originsSchema: Schema<Origins> = {
  takes: "'*' or a list of origins such as 'https://app.example.com'",
  read: (given) => (problemOfOrigins(given) === undefined ? (given as Origins) : undefined),
  problemsOf: (given, name) => [`invalid ${name}: ${problemOfOrigins(given)}`],
};

function isOrigin(origin: unknown): boolean {
  try {
    return typeof origin === 'string' && new URL(origin).origin === origin;
  } catch {
    return false;
  }
}
