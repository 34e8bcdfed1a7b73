import type { IncomingHttpHeaders } from 'node:http';

/** A request as far as the cache looks at it: Express's and Fastify's are of this shape. */
export interface CallerRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** What guards such as Passport's put there. */
  readonly user?: unknown;
  /** What session middleware puts there. */
  readonly session?: unknown;
}

/** Who asks: what tells one user from all others, or nothing if nobody is known. */
export type Identity = string | number | bigint | null | undefined;

/** Finds out who asks, after guards have run: from a token's payload, a session, a header. */
export interface Identifier {
  /** May answer a promise. */
  identify(request: CallerRequest): Identity | Promise<Identity>;
}

/** What guards and session middleware mostly leave behind: `id` or `sub` of `request.user`, else `userId` of the session. */
export function identifyByUser({ user, session }: CallerRequest): Identity {
  return memberOf(user, 'id') ?? memberOf(user, 'sub') ?? memberOf(session, 'userId');
}

/** The text an identity stands for; `undefined` for none, and for what does not tell users apart, such as an object. */
export function identityOf(given: unknown): string | undefined {
  switch (typeof given) {
    case 'string':
      return given === '' ? undefined : given;
    case 'number':
      return Number.isFinite(given) ? String(given) : undefined;
    case 'bigint':
      return String(given);
    default:
      return undefined;
  }
}

function memberOf(value: unknown, name: string): Identity {
  return typeof value === 'object' && value !== null
    ? ((value as Record<string, unknown>)[name] as Identity)
    : undefined;
}
