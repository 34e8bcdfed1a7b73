import type { OutgoingHttpHeaders } from 'node:http';
import type { Engine } from '../../cache/engine.js';
import type { Entry } from '../../cache/entries/entry.js';
import type { CallCounters } from '../../cache/stats/statistics.js';
import type { HttpSettings } from '../../decorators/route-options.js';
import type { CallerRequest } from '../../scope/caller-identity.js';
import { lifetimeOf } from '../response/age.js';
import type { CachedBody } from '../response/body-cache.js';
import { cacheControlOf } from '../response/cache-control.js';
import { cacheStatusOf } from '../response/cache-status.js';
import type { Sent } from '../response/responder.js';
import type { Variants } from '../route/variants.js';

/** Fields that belong to one response, or that are computed for each. */
const OF_ONE_ANSWER = new Set([
  'age',
  'cache-control',
  'cache-status',
  'connection',
  'content-length',
  'date',
  'etag',
  'keep-alive',
  'ratelimit',
  'ratelimit-limit',
  'ratelimit-policy',
  'ratelimit-remaining',
  'ratelimit-reset',
  'request-id',
  'server-timing',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'x-correlation-id',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-request-id',
  'x-response-time',
]);

/** The headers that routes and middleware set for a URL, and the id of the entry, to send the same response again. */
export class StoredResponse {
  visited = false;
  /** The id of the entry. */
  readonly id: string;
  readonly form: unknown;
  readonly http: HttpSettings;
  readonly counters: CallCounters;
  readonly #engine: Engine;
  readonly #isWeak: boolean;
  readonly #fields: readonly string[];
  readonly #variants: Variants | undefined;
  /** `undefined` if the route has no variants. */
  readonly variant: string | undefined;
  readonly #vary: readonly (readonly [name: string, value: string | string[] | undefined])[];
  /** The fields of the last response, reused until their age changes: at most once a second. */
  #made: { readonly kept: CachedBody; readonly age: number; readonly left: number; readonly all: string[] } | undefined;

  /** @param headers of the response that was sent */
  constructor(engine: Engine, { route, http, entry, kept, isWeak, request }: Sent, headers: OutgoingHttpHeaders) {
    this.#engine = engine;
    this.id = entry.id;
    this.form = kept.form;
    this.http = http;
    this.counters = engine.policyOf(route.method).counters;
    this.#isWeak = isWeak;
    this.#fields = Object.entries(headers).flatMap(([name, value]) =>
      OF_ONE_ANSWER.has(name) || value === undefined ? [] : [value].flat().flatMap((one) => [name, String(one)]),
    );
    this.#variants = route.variants;
    this.variant = this.variantFor(request);
    const chosenBy = new Set(route.variants?.headers.map((name) => name.toLowerCase()));
    this.#vary = namesIn(headers.vary).flatMap((name) => (chosenBy.has(name) ? [] : [[name, request.headers[name]]]));
  }

  /** The variant that a request selects; `undefined` if the route has none, or none is cached for the request. */
  variantFor(request: CallerRequest): string | undefined {
    return this.#variants?.nameFor(request);
  }

  /** Whether a request equals the original one in all headers that the response varies by. */
  suits(request: CallerRequest): boolean {
    for (const [name, value] of this.#vary) if (request.headers[name] !== value) return false;
    return this.#variants === undefined || this.variantFor(request) === this.variant;
  }

  /** The header fields of a response sent now. */
  fieldsOf(entry: Entry, kept: CachedBody): string[] {
    const { age, left } = lifetimeOf(entry, this.#engine.context.clock.turn());
    if (this.#made?.kept !== kept || this.#made.age !== age || this.#made.left !== left) {
      this.#made = { kept, age, left, all: this.#fieldsAt(age, left, kept) };
    }
    return this.#made.all;
  }

  #fieldsAt(age: number, left: number, { body, opaqueTag }: CachedBody): string[] {
    const key = this.http.showKey === true ? this.id : undefined;
    const status = cacheStatusOf({ forwarded: 'hit', stored: true, left, key, detail: undefined });
    const all = [...this.#fields, 'Content-Length', String(body.length), 'Age', String(age), 'Cache-Status', status];
    all.push('Cache-Control', cacheControlOf({ age, left }, { ...this.http, isPrivate: false }));
    if (this.http.etag !== false) all.push('ETag', this.#isWeak ? `W/${opaqueTag}` : opaqueTag);
    return all;
  }
}

function namesIn(vary: OutgoingHttpHeaders[string]): string[] {
  const names = [vary ?? []].flat().flatMap((field) => String(field).split(','));
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
}
