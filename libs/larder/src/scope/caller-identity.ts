import type { IncomingHttpHeaders } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';

/**
 * A request of Express, Fastify or a similar platform. For a message of a socket it is the handshake; for a message of a
 * microservice its headers.
 */
export interface CallerRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Set by guards such as Passport's. */
  readonly user?: unknown;
  /** Set by session middleware. */
  readonly session?: unknown;
}

/** Identifies a user uniquely; `null` or `undefined` for an unknown caller. */
export type Identity = string | number | bigint | null | undefined;

/**
 * Identifies the caller of a call, after guards have run: from a token's payload, a session, a header. May return a promise.
 *
 * @param context the call, of any transport; over HTTP without the response
 */
export type Identify = (request: CallerRequest, context: ExecutionContext) => Identity | Promise<Identity>;

/** A call, with everything that identifies its caller. */
export interface Caller {
  readonly request: CallerRequest;
  readonly context: ExecutionContext;
  /** Whether it carries credentials, verified or not. */
  readonly hasCredentials: boolean;
}

/** Reads what guards and session middleware usually set: `id` or `sub` of `request.user`, else `userId` of the session. */
export function identifyByUser({ user, session }: CallerRequest): Identity {
  return memberOf(user, 'id') ?? memberOf(user, 'sub') ?? memberOf(session, 'userId');
}

/** An identity as text; `undefined` for none, and for values that do not identify a user, such as an object. */
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

/** Whether the headers of a request carry credentials. */
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
