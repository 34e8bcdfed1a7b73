import type { IncomingHttpHeaders } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';

/**
 * A request as far as the cache looks at it: Express's and Fastify's are of this shape. For a message of a socket it is the
 * handshake; for one of a microservice its headers.
 */
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

/**
 * Finds out whose a call is, after guards have run: from a token's payload, a session, a header. May answer a promise.
 *
 * @param context the call, whatever its transport; through HTTP without the response
 */
export type Identify = (request: CallerRequest, context: ExecutionContext) => Identity | Promise<Identity>;

/** One call, as far as it tells who makes it. */
export interface Caller {
  readonly request: CallerRequest;
  readonly context: ExecutionContext;
  /** Whether it says who makes it, proven or not. */
  readonly hasCredentials: boolean;
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

/** Whether a request says who sends it, as far as its headers show. */
export function hasCredentials({ headers }: Pick<CallerRequest, 'headers'>): boolean {
  return headers.authorization !== undefined || headers.cookie !== undefined;
}

export function isRequest(value: unknown): value is CallerRequest {
  return typeof value === 'object' && value !== null && 'headers' in value && 'method' in value;
}

function memberOf(value: unknown, name: string): Identity {
  return typeof value === 'object' && value !== null
    ? ((value as Record<string, unknown>)[name] as Identity)
    : undefined;
}
