import type { IncomingMessage } from 'node:http';

/** The bearer token of a request, if it has one. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
