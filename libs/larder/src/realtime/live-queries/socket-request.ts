import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket as Wire } from 'node:net';
import { BadRequestException } from '@nestjs/common';
import type { Socket } from 'socket.io';

/** What the route of a query is given in place of a request: the caller's headers, and the arguments where a URL has them. */
export interface SocketRequest {
  readonly method: 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: Record<string, unknown>;
  readonly params: Record<string, string>;
  readonly ip: string;
  get(header: string): string | string[] | undefined;
  header(header: string): string | string[] | undefined;
}

/** Where an argument belongs: a query string or a path, whole or one of its parameters. */
export interface ParameterPlace {
  readonly in: 'query' | 'params';
  readonly name: string | undefined;
}

/**
 * A request by whoever is at the other end of a socket. The token of its handshake (`auth.token`) is sent as a header is
 * over HTTP, so that guards find it where they look.
 */
export function socketRequest(
  socket: Socket,
  url: string,
  places: readonly ParameterPlace[],
  values: readonly unknown[],
): SocketRequest {
  const { headers: sent, auth, address } = socket.handshake;
  const authorization = typeof auth.token === 'string' ? `Bearer ${auth.token}` : sent.authorization;
  const headers: SocketRequest['headers'] = { ...sent, authorization };
  const asking = { query: {} as Record<string, unknown>, params: {} as Record<string, string> };
  places.forEach((place, index) => {
    const value = textsOf(values[index]);
    if (value === undefined) return;
    if (place.name !== undefined) Object.assign(asking[place.in], { [place.name]: value });
    else if (typeof value === 'object') Object.assign(asking[place.in], value);
  });
  const get = (name: string) => headers[name.toLowerCase()];
  return { method: 'GET', url, headers, ip: address, get, header: get, ...asking };
}

/** A response that goes nowhere, for interceptors that set headers. */
export function noResponse(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Wire()));
}

/** What a URL would hold of a member. Objects are no texts there, and what a client sent may not even be made one. */
function textOf(member: unknown): string {
  if (typeof member === 'object' && member !== null) throw new BadRequestException('An argument is nested too deep.');
  return String(member);
}

/** A value as it would come out of a URL: texts, lists of them, and one level of names. */
function textsOf(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(
    members.map(([name, member]) => [name, Array.isArray(member) ? member.map(textOf) : textOf(member)]),
  );
}
