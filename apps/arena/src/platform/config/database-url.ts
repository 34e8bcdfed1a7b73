import { z } from 'zod';
import { wholeNumber } from './duration.js';

/** Limits in the URL parameters that other programs use; times are in seconds. */
const PARAMETERS = {
  connection_limit: wholeNumber(2, 10_000).optional(),
  pool_timeout: wholeNumber(1, 300).optional(),
  connect_timeout: wholeNumber(1, 60).optional(),
};

/** A PostgreSQL connection URL. The host is required, because without one `pg` would use a local socket. */
export const databaseUrl = z
  .string()
  .refine(isPostgresUrl, 'a URL such as postgres://user:password@localhost:5432/arena')
  .superRefine((url, context) => {
    if (!isPostgresUrl(url)) return;
    for (const [name, parameter] of Object.entries(PARAMETERS)) {
      const given = parameter.safeParse(parametersOf(url)[name]);
      if (!given.success) context.addIssue({ code: 'custom', message: `${given.error.issues[0]?.message} in ${name}` });
    }
  });

interface UrlLimits {
  readonly poolSize?: number | undefined;
  readonly poolTimeout?: number | undefined;
  readonly connectTimeout?: number | undefined;
}

/** The limits in the {@link PARAMETERS} of a URL; times in milliseconds. */
export function limitsInUrl(url: string): UrlLimits {
  const { connection_limit, pool_timeout, connect_timeout } = z.object(PARAMETERS).parse(parametersOf(url));
  return {
    poolSize: connection_limit,
    poolTimeout: pool_timeout === undefined ? undefined : pool_timeout * 1_000,
    connectTimeout: connect_timeout === undefined ? undefined : connect_timeout * 1_000,
  };
}

function parametersOf(url: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(url).searchParams);
}

function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^postgres(ql)?:$/.test(protocol) && hostname !== '';
}

/** The text with all possible passwords masked, also in a malformed URL. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^:/?#]*):.*@/s, '$1:***@').replace(/(password=)[^&\s]*/gi, '$1***');
}
