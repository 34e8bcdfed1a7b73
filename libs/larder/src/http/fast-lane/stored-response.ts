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

/** Fields that say something of one answer only, or that are worked out anew for each. */
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

/** What a URL was answered with by way of routes and middleware, so that it can be answered so again. */
export class StoredResponse {
  visited = false;
  /** The id of the entry it was answered from. */
  readonly id: string;
  readonly form: unknown;
  readonly http: HttpSettings;
  readonly counters: CallCounters;
  readonly #engine: Engine;
  readonly #isWeak: boolean;
  readonly #fields: readonly string[];
  readonly #variants: Variants | undefined;
  /** The variant it is, if its route has some. */
  readonly variant: string | undefined;
  readonly #vary: readonly (readonly [name: string, value: string | string[] | undefined])[];
  /** The fields of the last answer, and what they were made for: they change once a second. */
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

  /** The variant of its route that a request gets; `undefined` if there are none, or it gets none that is stored. */
  variantFor(request: CallerRequest): string | undefined {
    return this.#variants?.nameFor(request);
  }

  /** Whether a request says the same as the one that was answered, as far as the answer depends on that. */
  suits(request: CallerRequest): boolean {
    for (const [name, value] of this.#vary) if (request.headers[name] !== value) return false;
    return this.#variants === undefined || this.variantFor(request) === this.variant;
  }

  /** The fields of an answer from an entry now. */
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

/** The names in a `Vary`. */
function namesIn(vary: OutgoingHttpHeaders[string]): string[] {
  const names = [vary ?? []].flat().flatMap((field) => String(field).split(','));
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
}
