import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AnsweredRequest } from '../route/request.js';
import type { Platform } from './platform.js';

interface ExpressResponse {
  readonly req?: AnsweredRequest;
  readonly app: object;
  statusCode: number;
  getHeaders(): OutgoingHttpHeaders;
  getHeader(name: string): OutgoingHttpHeader | undefined;
  setHeader(name: string, value: string): void;
  removeHeader(name: string): void;
  json(value: object): unknown;
  send?(body: string | Buffer): unknown;
  end(): unknown;
}

const CHARSET = /;\s*charset\s*=/i;

export class ExpressPlatform implements Platform<ExpressResponse> {
  requestOf(response: ExpressResponse): AnsweredRequest | undefined {
    return response.req;
  }

  statusOf(response: ExpressResponse): number {
    return response.statusCode;
  }

  header(response: ExpressResponse, name: string): unknown {
    return response.getHeader(name);
  }

  setHeader(response: ExpressResponse, name: string, value: string): void {
    response.setHeader(name, value);
  }

  removeHeader(response: ExpressResponse, name: string): void {
    response.removeHeader(name);
  }

  rawOf(response: ExpressResponse): ServerResponse {
    return response as unknown as ServerResponse;
  }

  headersOf(response: ExpressResponse): OutgoingHttpHeaders {
    return response.getHeaders();
  }

  /** False if a middleware has replaced `json` or `send` on the response: it must see the value. */
  isOwn(response: ExpressResponse): boolean {
    return !Object.hasOwn(response, 'json') && !Object.hasOwn(response, 'send');
  }

  mayEncode(response: ExpressResponse): boolean {
    return Object.hasOwn(response, 'end') || Object.hasOwn(response, 'write');
  }

  /** The application: its settings affect serialisation, and a mounted application may have others. */
  formOf(response: ExpressResponse): unknown {
    return response.app;
  }

  /** Runs `json` with a `send` that captures the text: all settings of Express apply. */
  serialise(response: ExpressResponse, value: object): string {
    const typeBefore = response.getHeader('Content-Type');
    let text = '';
    response.send = (body) => {
      text = body as string;
      return response;
    };
    try {
      response.json(value);
    } finally {
      delete response.send;
      if (typeBefore === undefined) response.removeHeader('Content-Type');
    }
    return text;
  }

  send(response: ExpressResponse, _value: object, body: Buffer): void {
    const type = response.getHeader('Content-Type');
    if (type === undefined) response.setHeader('Content-Type', 'application/json; charset=utf-8');
    // Express adds the charset only if the body is a string.
    response.send?.(typeof type === 'string' && !CHARSET.test(type) ? body.toString() : body);
  }

  sendNotModified(response: ExpressResponse): void {
    response.statusCode = 304;
    response.removeHeader('Content-Type');
    response.removeHeader('Content-Length');
    response.end();
  }
}
