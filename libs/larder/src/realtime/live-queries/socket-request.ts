import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket as Wire } from 'node:net';
import { BadRequestException } from '@nestjs/common';
import type { Socket } from 'socket.io';

/** Stands in for the HTTP request of a query: headers of the handshake, and the arguments in `query` and `params`. */
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

/** Where a route reads an argument from: `query` or `params`, the whole object or one named member. */
export interface ParameterPlace {
  readonly in: 'query' | 'params';
  readonly name: string | undefined;
}

/**
 * The request that a socket's client makes. The token of its handshake (`auth.token`) becomes the `Authorization` header, where
 * guards look for it.
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

/** A response that is never sent, for interceptors that set headers. */
export function noResponse(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Wire()));
}

/** A member as a URL holds it: a string. Rejects objects, whose `toString` a client may have replaced. */
function textOf(member: unknown): string {
  if (typeof member === 'object' && member !== null) throw new BadRequestException('An argument is nested too deep.');
  return String(member);
}

/** A value as a parser of URLs returns it: strings, lists of strings, and one level of names. */
function textsOf(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(
    members.map(([name, member]) => [name, Array.isArray(member) ? member.map(textOf) : textOf(member)]),
  );
}
