import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { StreamableFile } from '@nestjs/common';
import type { Engine } from '../../cache/engine.js';
import type { Entry } from '../../cache/entries/entry.js';
import { isForCallers } from '../../decorators/plan.js';
import type { HttpSettings } from '../../decorators/route-options.js';
import { CachedFile } from '../../nest/cached-file.js';
import { type Platform, UNKNOWN_FORM } from '../platforms/platform.js';
import type { CachedRoute } from '../route/cached-route.js';
import type { Answer } from '../route/request.js';
import { ANSWER, type AnsweredRequest } from '../route/request.js';
import { lifetimeOf } from './age.js';
import type { BodyCache, CachedBody } from './body-cache.js';
import { CLIENT_ONLY, cacheControlOf, NOT_STORED } from './cache-control.js';
import { cacheStatusOf } from './cache-status.js';
import { namesTag } from './etag.js';
import { HitHeaders } from './hit-headers.js';
import { varyingBy } from './vary.js';

/** The request headers that identify a caller. */
const CREDENTIALS = ['Authorization', 'Cookie'];
const NO_BYTES = Buffer.alloc(0);

/** The cache fields of a response; only `cacheStatus` if it is not stored. */
interface Fields {
  readonly age?: string | undefined;
  readonly cacheControl?: string;
  readonly cacheStatus: string;
}

/** A cached object that is being sent. */
interface Sending {
  readonly request: AnsweredRequest;
  readonly route: CachedRoute;
  readonly http: HttpSettings;
  readonly entry: Entry;
  readonly value: object;
  /** See {@link Platform.formOf}. */
  readonly form: unknown;
  readonly isPrivate: boolean;
  /** Whether every caller may get this response. */
  readonly isForAll: boolean;
}

/** A response that was sent from a cached object, with all cache fields set by Larder. */
export interface Sent {
  readonly route: CachedRoute;
  readonly http: HttpSettings;
  readonly entry: Entry;
  readonly kept: CachedBody;
  readonly isWeak: boolean;
  readonly request: AnsweredRequest;
  readonly raw: ServerResponse;
  /** The fields of the response; call it after the response was sent. */
  readonly headers: () => OutgoingHttpHeaders;
}

/**
 * Sends the responses of cached routes, after the interceptors. If they return the cached object itself, it sends the stored
 * body with an ETag, or a 304. Nest sends any other value.
 */
export class Responder<Response> {
  readonly #engine: Engine;
  readonly #bodies: BodyCache;
  readonly #platform: Platform<Response>;
  readonly #onSent: ((sent: Sent) => void) | undefined;

  constructor(engine: Engine, bodies: BodyCache, platform: Platform<Response>, onSent?: (sent: Sent) => void) {
    this.#engine = engine;
    this.#bodies = bodies;
    this.#platform = platform;
    this.#onSent = onSent;
  }

  /** @returns whether it sent the response; if not, it has set the cache fields and Nest sends the response */
  answer(response: Response, body: unknown): boolean {
    const request = this.#platform.requestOf(response);
    const answer = request?.[ANSWER];
    if (request === undefined || answer === undefined) return false;
    const { entry, route } = answer;
    const { http } = route;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (http === undefined || !isRead || this.#platform.statusOf(response) !== 200) return false;
    const isGuarded = route.guarded && http.public !== true;
    const isPrivate = isForCallers(route.method) || isGuarded || this.#belongsToSession(response, request);
    const fields = this.#fieldsOf(answer, http, isPrivate);
    this.#platform.setHeader(response, 'cache-status', fields.cacheStatus);
    if (entry === undefined || body !== answer.value || !isObject(body)) {
      this.#protect(response, answer);
      return false;
    }
    const isOpen = this.#setCacheFields(response, route, fields);
    if (body instanceof StreamableFile) return this.#answerFile(response, request, http, body);
    if (!this.#platform.isOwn(response)) return false;
    const form = this.#platform.formOf(response);
    if (form === UNKNOWN_FORM) return false;
    const isForAll = isOpen && !isPrivate;
    this.#send(response, { request, route, http, entry, value: body, form, isPrivate, isForAll });
    return true;
  }

  #send(response: Response, sending: Sending): void {
    const { request, route, http, entry, value, isForAll } = sending;
    const platform = this.#platform;
    const kept = this.#bodyOf(response, sending);
    const isWeak = http.etag === 'weak' || (http.etag !== 'strong' && platform.mayEncode(response));
    const hasOwnTag = platform.header(response, 'etag') !== undefined;
    if (http.etag !== false && !hasOwnTag) {
      platform.setHeader(response, 'etag', isWeak ? `W/${kept.opaqueTag}` : kept.opaqueTag);
      const condition = request.headers['if-none-match'];
      if (condition !== undefined && namesTag(condition, kept.opaqueTag)) {
        platform.sendNotModified(response, value, kept.body);
        return;
      }
    }
    if (isForAll && !hasOwnTag) {
      const headers = () => platform.headersOf(response);
      this.#onSent?.({ route, http, entry, kept, isWeak, request, raw: platform.rawOf(response), headers });
    }
    platform.send(response, value, kept.body);
  }

  /** Gives a cached file its ETag. @returns whether it sent a 304; if not, Nest sends the file */
  #answerFile(response: Response, request: AnsweredRequest, http: HttpSettings, file: StreamableFile): boolean {
    const platform = this.#platform;
    const hasOwnTag = platform.header(response, 'etag') !== undefined;
    if (!(file instanceof CachedFile) || http.etag === false || hasOwnTag) return false;
    const { opaqueTag } = file.stored;
    const isWeak = http.etag === 'weak' || (http.etag !== 'strong' && platform.mayEncode(response));
    platform.setHeader(response, 'etag', isWeak ? `W/${opaqueTag}` : opaqueTag);
    const condition = request.headers['if-none-match'];
    if (request.method !== 'GET' || condition === undefined || !namesTag(condition, opaqueTag)) return false;
    platform.sendNotModified(response, file, NO_BYTES);
    return true;
  }

  #bodyOf(response: Response, { entry, form, http, isPrivate, value }: Sending): CachedBody {
    const kept = this.#bodies.of(entry);
    if (kept !== undefined && kept.form === form) return kept;
    return this.#bodies.keep(entry, this.#platform.serialise(response, value), form, new HitHeaders(http, isPrivate));
  }

  #fieldsOf({ entry, forwarded, detail }: Answer, http: HttpSettings, isPrivate: boolean): Fields {
    const now = this.#engine.context.clock.turn();
    if (entry === undefined) {
      return { cacheStatus: cacheStatusOf({ forwarded, stored: false, left: undefined, key: undefined, detail }) };
    }
    const hit = forwarded === 'hit' ? this.#bodies.of(entry)?.hit : undefined;
    if (hit?.isOf(http, isPrivate)) return hit.at(entry, now);
    const lifetime = lifetimeOf(entry, now);
    const key = http.showKey === true ? entry.id : undefined;
    return {
      age: forwarded === 'hit' || forwarded === 'stale' ? String(lifetime.age) : undefined,
      cacheControl: cacheControlOf(lifetime, { ...http, isPrivate }),
      cacheStatus: cacheStatusOf({ forwarded, stored: true, left: lifetime.left, key, detail }),
    };
  }

  /** @returns whether the handler left `Cache-Control` to Larder */
  #setCacheFields(response: Response, route: CachedRoute, { age, cacheControl }: Fields): boolean {
    const platform = this.#platform;
    if (age !== undefined) platform.setHeader(response, 'age', age);
    const isOpen = platform.header(response, 'cache-control') === undefined;
    if (isOpen && cacheControl !== undefined) platform.setHeader(response, 'cache-control', cacheControl);
    this.#vary(response, route);
    return isOpen;
  }

  /** Keeps shared caches from storing a response that is not the cached object and belongs to one caller. */
  #protect(response: Response, { route, detail }: Answer): void {
    if (!isForCallers(route.method) && detail === undefined) return;
    if (this.#platform.header(response, 'cache-control') === undefined) {
      this.#platform.setHeader(response, 'cache-control', detail === undefined ? CLIENT_ONLY : NOT_STORED);
    }
    this.#vary(response, route);
  }

  #vary(response: Response, { scope, variants }: CachedRoute): void {
    const known = scope === 'shared' ? [] : CREDENTIALS;
    const names = [...known, ...(variants?.headers ?? [])];
    if (names.length === 0) return;
    this.#platform.setHeader(response, 'vary', varyingBy(this.#platform.header(response, 'vary'), names));
  }

  /** A response with a session or a cookie belongs to one caller. */
  #belongsToSession(response: Response, { session }: AnsweredRequest): boolean {
    return session != null || this.#platform.header(response, 'set-cookie') !== undefined;
  }
}

/** Whether Nest would send the body as JSON. */
function isObject(body: unknown): body is object {
  return typeof body === 'object' && body !== null && !ArrayBuffer.isView(body);
}
