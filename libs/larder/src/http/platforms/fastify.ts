import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AnsweredRequest } from '../route/request.js';
import { type Platform, UNKNOWN_FORM } from './platform.js';

interface FastifyReply {
  readonly raw: ServerResponse;
  readonly request?: AnsweredRequest;
  getHeaders(): OutgoingHttpHeaders;
  readonly statusCode: number;
  /** There if `@fastify/compress` is. */
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

  /** Response schemas belong to routes. Where one depends on the content type, only Fastify knows which one it will take. */
  formOf(reply: FastifyReply): unknown {
    const schema = schemaOf(reply);
    return typeof schema === 'object' ? UNKNOWN_FORM : schema;
  }

  serialise(reply: FastifyReply, value: object): string | Uint8Array {
    return reply.serialize(value);
  }

  /** The value takes its usual way, through hooks that may replace it; if it comes out as it was, its bytes are there. */
  send(reply: FastifyReply, value: object, body: Buffer): void {
    reply.serializer((sent) => {
      // With a serialiser of its own a reply gets no content type; set here, Fastify need not parse it.
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
      // Fastify takes the length of a HEAD from its body; that of nothing would be 0.
      this.send(reply, value, body);
    } else {
      reply.removeHeader('content-type');
      reply.send();
    }
  }
}

/** What a response schema was compiled to: a function, or one for each content type. */
function schemaOf(reply: FastifyReply): unknown {
  return (
    reply.getSerializationFunction('200') ??
    reply.getSerializationFunction('2xx') ??
    reply.getSerializationFunction('default')
  );
}

/** The content type as Fastify sets it for JSON. */
function setContentType(reply: FastifyReply): void {
  const type = reply.getHeader('content-type');
  if (type === undefined) reply.header('content-type', 'application/json; charset=utf-8');
  else if (typeof type === 'string' && type.includes('json') && !CHARSET.test(type)) {
    reply.header('content-type', `${type}; charset=utf-8`);
  }
}
