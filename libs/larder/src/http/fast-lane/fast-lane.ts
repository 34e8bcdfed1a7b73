import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { Engine } from '../../cache/engine.js';
import type { HttpSettings } from '../../decorators/route-options.js';
import type { Admissions } from '../../scope/admission.js';
import { type CallerRequest, hasCredentials } from '../../scope/caller-identity.js';
import type { BodyCache, CachedBody } from '../response/body-cache.js';
import { askedFor } from '../response/cache-control.js';
import { namesTag } from '../response/etag.js';
import type { Sent } from '../response/responder.js';
import { StoredResponse } from './stored-response.js';
import { UrlMap } from './url-map.js';

const MAX_URL_LENGTH = 1024;

/**
 * Answers a URL again before middleware, body parsing and routing. It does so only for requests without credentials, from a
 * fresh entry, and with the response that the route sent before.
 */
export class FastLane {
  readonly #engine: Engine;
  readonly #bodies: BodyCache;
  readonly #admissions: Admissions;
  readonly #urls: UrlMap<StoredResponse>;

  constructor(engine: Engine, bodies: BodyCache, admissions: Admissions, mostUrls: number) {
    this.#engine = engine;
    this.#bodies = bodies;
    this.#admissions = admissions;
    this.#urls = new UrlMap(mostUrls);
  }

  /** The number of stored URLs. */
  get size(): number {
    return this.#urls.size;
  }

  /** Handles the requests of a server before its other listeners. */
  standBefore(server: Server): void {
    const listeners = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (this.#answers(request, response)) return;
      for (const listener of listeners) listener.call(server, request, response);
    });
  }

  /** Stores a response after it was sent, if later callers of its URL may get the same. */
  note(sent: Sent): void {
    const { request, raw, route: sentBy } = sent;
    const url = request.originalUrl;
    if (sent.http.fastLane !== true || request.method !== 'GET') return;
    if (!this.#admissions.isUnknown(sentBy.callerOf(request))) return;
    if (url === undefined || url.length > MAX_URL_LENGTH || this.#known(url, request)?.suits(request)) return;
    raw.once('finish', () => {
      const headers = sent.headers();
      if (raw.statusCode !== 200 || !isForAnyCaller(headers, sent.kept)) return;
      const answer = new StoredResponse(this.#engine, sent, headers);
      const { variant } = this.#urls.get(url) ?? answer;
      this.#urls.set(variant === answer.variant ? url : besides(url, answer.variant), answer);
    });
  }

  /** The stored response for a URL and for the variant that the request selects. */
  #known(url: string, request: CallerRequest): StoredResponse | undefined {
    const known = this.#urls.get(url);
    if (known?.variant === undefined) return known;
    const variant = known.variantFor(request);
    return variant === known.variant ? known : this.#urls.get(besides(url, variant));
  }

  #answers(request: IncomingMessage, response: ServerResponse): boolean {
    const known = this.#known(request.url as string, request as CallerRequest);
    if (known === undefined) return false;
    const { headers, method } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    if (hasCredentials({ headers }) || !known.suits(request as CallerRequest)) return false;
    if (known.http.revalidate === true && askedFor(headers['cache-control']) !== 'anything') return false;
    const { finder, context } = this.#engine;
    const stored = context.store.peek(known.id);
    const kept = stored && this.#bodies.of(stored);
    if (kept === undefined || kept.form !== known.form) return false;
    const entry = finder.hitEntry(known.id, known.counters);
    if (entry === undefined) return false;
    known.visited = true;
    send(request, response, known.fieldsOf(entry, kept), kept, known.http);
    return true;
  }
}

/** The map key of the response for a further variant. A URL contains no space, therefore it cannot equal one. */
function besides(url: string, variant: string | undefined): string {
  return `${url} ${variant}`;
}

function send(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  fields: string[],
  { body, opaqueTag }: CachedBody,
  { etag }: HttpSettings,
): void {
  const condition = headers['if-none-match'];
  if (etag !== false && condition !== undefined && namesTag(condition, opaqueTag)) {
    response.writeHead(304, withoutContent(fields));
    response.end();
  } else {
    response.writeHead(200, fields);
    response.end(method === 'HEAD' ? undefined : body);
  }
}

/** A 304 has no body, and no fields that describe one. */
function withoutContent(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (!/^content-(length|type)$/i.test(name)) kept.push(name, fields[at + 1] as string);
  }
  return kept;
}

/** Whether nothing in a response is specific to its receiver, and its body is the stored one. */
function isForAnyCaller(headers: OutgoingHttpHeaders, { body }: CachedBody): boolean {
  if (headers['set-cookie'] !== undefined || headers['content-encoding'] !== undefined || headers.vary === '*')
    return false;
  return Number(headers['content-length']) === body.length;
}
