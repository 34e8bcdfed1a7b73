import type { IncomingMessage, ServerResponse } from 'node:http';

const PLAIN = 'arena-connect-';
/** Browsers keep such a cookie only if it came by TLS, from this very host, for all of it. */
const HOST_ONLY = `__Host-${PLAIN}`;
const MINUTES = 10;

/** Gives a browser its secret for one connection. It comes back from the provider with it: that is a navigation, hence `Lax`. */
export function giveSecret(response: ServerResponse, state: string, secret: string, publicUrl: string): void {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  const attributes = `Max-Age=${MINUTES * 60}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  response.setHeader('Set-Cookie', `${nameFor(state, secure !== '')}=${secret}; ${attributes}`);
}

/** The secret that a browser has for a connection; nothing if it has none. */
export function secretIn({ headers }: IncomingMessage, state: string, publicUrl: string): string {
  const name = nameFor(state, publicUrl.startsWith('https:'));
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim().split('='));
  return cookies.find(([given]) => given === name)?.[1] ?? '';
}

/** One for each connection, so that several can be under way. */
function nameFor(state: string, secure: boolean): string {
  return `${secure ? HOST_ONLY : PLAIN}${state.replace(/[^\w-]/g, '').slice(0, 8)}`;
}
