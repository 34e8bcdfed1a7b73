import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AnsweredRequest } from '../route/request.js';
import { type Platform, UNKNOWN_FORM } from './platform.js';

interface FastifyReply {
  readonly raw: ServerResponse;
  readonly request?: AnsweredRequest;
  getHeaders(): OutgoingHttpHeaders;
  readonly statusCode: number;
  /** Present with `@fastify/compress`. */
  readonly compress?: unknown;
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
  getSerializationFunction(status: string): unknown;
  serialize(value: unknown): string | Uint8Array;
  serializer(serialise: ((value: unknown) => unknown) | null): unknown;
  code(status: number): unknown;
  send(value?: unknown): unknown;
}

const CHARSET = /;\s*charset\s*=/i;

export class FastifyPlatform implements Platform<FastifyReply> {
  requestOf(reply: FastifyReply): AnsweredRequest | undefined {
    return reply.request;
  }

  statusOf(reply: FastifyReply): number {
    return reply.statusCode;
  }

  header(reply: FastifyReply, name: string): unknown {
    return reply.getHeader(name);
  }

  setHeader(reply: FastifyReply, name: string, value: string): void {
    reply.header(name, value);
  }

  removeHeader(reply: FastifyReply, name: string): void {
    reply.removeHeader(name);
  }

  rawOf(reply: FastifyReply): ServerResponse {
    return reply.raw;
  }

  headersOf(reply: FastifyReply): OutgoingHttpHeaders {
    return reply.getHeaders();
  }

  isOwn(reply: FastifyReply): boolean {
    return reply.request !== undefined;
  }

  mayEncode(reply: FastifyReply): boolean {
    return typeof reply.compress === 'function';
  }

  /** The response schema. If there is one per content type, only Fastify knows which one it will use. */
  formOf(reply: FastifyReply): unknown {
    const schema = schemaOf(reply);
    return typeof schema === 'object' ? UNKNOWN_FORM : schema;
  }

  serialise(reply: FastifyReply, value: object): string | Uint8Array {
    return reply.serialize(value);
  }

  /** Sends the value through Fastify's hooks. If no hook replaces it, the serialiser returns the stored body. */
  send(reply: FastifyReply, value: object, body: Buffer): void {
    reply.serializer((sent) => {
      // Fastify sets no content type for a reply with its own serialiser. Setting it here saves a parse.
      setContentType(reply);
      if (sent === value) return body;
      reply.serializer(null);
      reply.removeHeader('etag');
      return reply.serialize(sent);
    });
    reply.send(value);
  }

  sendNotModified(reply: FastifyReply, value: object, body: Buffer): void {
    reply.code(304);
    if (reply.request?.method === 'HEAD') {
      // Fastify derives the Content-Length of a HEAD from the body; without a body it would be 0.
      this.send(reply, value, body);
    } else {
      reply.removeHeader('content-type');
      reply.send();
    }
  }
}

/** The compiled response schema: a function, or one function per content type. */
function schemaOf(reply: FastifyReply): unknown {
  return (
    reply.getSerializationFunction('200') ??
    reply.getSerializationFunction('2xx') ??
    reply.getSerializationFunction('default')
  );
}

/** Sets the content type that Fastify sets for JSON. */
function setContentType(reply: FastifyReply): void {
  const type = reply.getHeader('content-type');
  if (type === undefined) reply.header('content-type', 'application/json; charset=utf-8');
  else if (typeof type === 'string' && type.includes('json') && !CHARSET.test(type)) {
    reply.header('content-type', `${type}; charset=utf-8`);
  }
}
