import type { IncomingHttpHeaders } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { type Caller, type CallerRequest, hasCredentials, isRequest } from './caller-identity.js';

type Members = Readonly<Record<string, unknown>>;

const NONE: Members = {};
/** Members of a payload that name a caller. */
const CREDENTIALS = ['user', 'token', 'accessToken', 'authorization', 'jwt'];

/** The caller of a call, from what the transport has verified. Nothing that a caller can write, such as a payload, counts. */
export function callerOf(context: ExecutionContext): Caller {
  switch (context.getType<string>()) {
    case 'http':
      return known(context, context.switchToHttp().getRequest<CallerRequest>());
    case 'graphql':
      return known(context, ofOperation(context));
    case 'ws': {
      const socket = membersOf(context.switchToWs().getClient());
      return known(context, ofSocket(socket), Object.keys(membersOf(membersOf(socket.handshake).auth)));
    }
    default: {
      const message = context.switchToRpc();
      return known(context, ofMessage(membersOf(message.getContext())), membersOf(message.getData()));
    }
  }
}

/** @param sent unverified members of the payload: no proof of a caller, but credentials */
function known(context: ExecutionContext, request: CallerRequest, sent: readonly string[] | Members = NONE): Caller {
  const says = Array.isArray(sent) ? sent.length > 0 : CREDENTIALS.some((name) => name in sent);
  return { context, request, hasCredentials: says || hasCredentials(request) };
}

/** The request of a GraphQL operation, with the user that guards or the driver's `context` set. */
function ofOperation(context: ExecutionContext): CallerRequest {
  const given = context.getArgs<unknown[]>();
  // A reference resolver gets no arguments before the context.
  const own = membersOf(given.length < 4 ? given[1] : given[2]);
  const request = membersOf(own.req ?? own.request ?? membersOf(own.reply).request);
  if (!isRequest(request)) {
    return { method: 'POST', headers: headersOf(own.headers), user: own.user, session: own.session };
  }
  if (own.user === undefined || request.user !== undefined) return request;
  return Object.create(request, { user: { value: own.user } }) as CallerRequest;
}

/** A socket's handshake, with the user that guards and connection handlers put on the socket or into its `data`. */
function ofSocket(socket: Members): CallerRequest {
  const handshake = membersOf(socket.handshake);
  const request = membersOf(socket.request ?? socket.upgradeReq);
  const sent = headersOf(handshake.headers ?? request.headers);
  const { token } = membersOf(handshake.auth);
  const authorization = typeof token === 'string' ? `Bearer ${token}` : sent.authorization;
  return {
    method: 'GET',
    headers: { ...sent, ...(authorization !== undefined && { authorization }) },
    user: socket.user ?? membersOf(socket.data).user ?? request.user,
    session: request.session ?? handshake.session ?? socket.session ?? socket.data,
  };
}

/** A message with the headers that its broker has, and the user that guards put on its context. */
function ofMessage(context: Members): CallerRequest {
  return { method: 'MESSAGE', headers: messageHeadersOf(context), user: context.user, session: context.session };
}

function messageHeadersOf(context: Members): IncomingHttpHeaders {
  const message = called(context, 'getMessage');
  const sent =
    called(context, 'getHeaders') ??
    membersOf(message).headers ??
    membersOf(membersOf(message).properties).headers ??
    called(context, 'getMap');
  const named = Object.entries(membersOf(sent)).map(([name, value]) => [
    name.toLowerCase(),
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  ]);
  return Object.fromEntries(named) as IncomingHttpHeaders;
}

function called(on: Members, name: string): unknown {
  const method = on[name];
  return typeof method === 'function' ? method.call(on) : undefined;
}

function headersOf(value: unknown): IncomingHttpHeaders {
  return membersOf(value) as IncomingHttpHeaders;
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : NONE;
}
