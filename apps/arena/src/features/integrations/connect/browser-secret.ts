import type { IncomingMessage, ServerResponse } from 'node:http';

const PLAIN = 'arena-connect-';
/** Browsers accept a `__Host-` cookie only over TLS, from this host, for all paths. */
const HOST_ONLY = `__Host-${PLAIN}`;
const MINUTES = 10;

/** Sets a browser's secret for one connection. `Lax`, because the provider's redirect back is a cross-site navigation. */
export function giveSecret(response: ServerResponse, state: string, secret: string, publicUrl: string): void {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  const attributes = `Max-Age=${MINUTES * 60}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  response.setHeader('Set-Cookie', `${nameFor(state, secure !== '')}=${secret}; ${attributes}`);
}

/** The browser's secret for a connection; empty if it has none. */
export function secretIn({ headers }: IncomingMessage, state: string, publicUrl: string): string {
  const name = nameFor(state, publicUrl.startsWith('https:'));
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim().split('='));
  return cookies.find(([given]) => given === name)?.[1] ?? '';
}

/** One cookie for each connection, so that several can be in progress. */
function nameFor(state: string, secure: boolean): string {
  return `${secure ? HOST_ONLY : PLAIN}${state.replace(/[^\w-]/g, '').slice(0, 8)}`;
}
