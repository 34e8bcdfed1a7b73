import { z } from 'zod';

/** A PostgreSQL connection URL, with a host, so that a missing one is not taken for some local socket. */
export const databaseUrl = z
  .string()
  .refine(isPostgresUrl, 'a URL such as postgres://user:password@localhost:5432/arena');

function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^postgres(ql)?:$/.test(protocol) && hostname !== '';
}

/** The text with what looks like a password made unreadable, wherever in a URL it may stand, also in a malformed one. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^:/?#]*):.*@/s, '$1:***@').replace(/(password=)[^&\s]*/gi, '$1***');
}
