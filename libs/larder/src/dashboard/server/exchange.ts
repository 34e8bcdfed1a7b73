import type { IncomingMessage, ServerResponse } from 'node:http';

/** A larger body is not read. */
const MAX_BODY = 64 * 1024;

/** Nothing but this origin's script, style sheet and answers; no page may put this one into a frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
} as const;

/** A failure that the client learns about. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A request as middleware gets it. */
export type Incoming = IncomingMessage & {
  /** With the path of the dashboard, which Express takes off `url`. */
  readonly originalUrl?: string;
  /** Parsed by a middleware before, if there is one. */
  readonly body?: unknown;
};

export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...HEADERS, 'Cache-Control': 'no-store', 'Content-Type': type, ...headers });
  response.end(body);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(value ?? null), headers);
}

/** A response that stays open for server-sent events. */
export function openEvents(response: ServerResponse): void {
  response.writeHead(200, {
    ...HEADERS,
    'Cache-Control': 'no-store, no-transform',
    'Content-Type': 'text/event-stream; charset=utf-8',
    // nginx would collect the events.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
}

/**
 * The object in the body of a request.
 *
 * @throws HttpProblem for another content type, a body that is too large, and anything but an object of JSON
 */
export async function bodyOf(request: Incoming): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpProblem(415, 'The body must be application/json.');
  }
  const body = typeof request.body === 'object' ? request.body : await readJson(request);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new HttpProblem(400, 'The body must be an object of JSON.');
}

async function readJson(request: Incoming): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > MAX_BODY) throw new HttpProblem(413, `The body is larger than ${MAX_BODY} bytes.`);
    pieces.push(piece as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    throw new HttpProblem(400, 'The body is not JSON.');
  }
}
