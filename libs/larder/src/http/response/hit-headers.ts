import type { Entry } from '../../cache/entries/entry.js';
import type { HttpSettings } from '../../decorators/route-options.js';
import { type Lifetime, lifetimeOf } from './age.js';
import { cacheControlOf } from './cache-control.js';
import { cacheStatusOf } from './cache-status.js';

/** The fields of a hit that depend on time. They change once a second, and are cached until then. */
export class HitHeaders {
  readonly #http: HttpSettings;
  readonly #isPrivate: boolean;
  #lifetime: Lifetime = { age: Number.NaN, left: Number.NaN };
  age = '';
  cacheControl = '';
  cacheStatus = '';

  constructor(http: HttpSettings, isPrivate: boolean) {
    this.#http = http;
    this.#isPrivate = isPrivate;
  }

  /** Whether they were made for these settings. */
  isOf(http: HttpSettings, isPrivate: boolean): boolean {
    return this.#http === http && this.#isPrivate === isPrivate;
  }

  /** Updates the fields to the time `now`. */
  at(entry: Entry, now: number): this {
    const lifetime = lifetimeOf(entry, now);
    if (lifetime.age !== this.#lifetime.age || lifetime.left !== this.#lifetime.left) this.#make(entry, lifetime);
    return this;
  }

  #make({ id }: Entry, lifetime: Lifetime): void {
    const key = this.#http.showKey === true ? id : undefined;
    this.#lifetime = lifetime;
    this.age = String(lifetime.age);
    this.cacheControl = cacheControlOf(lifetime, { ...this.#http, isPrivate: this.#isPrivate });
    this.cacheStatus = cacheStatusOf({ forwarded: 'hit', stored: true, left: lifetime.left, key, detail: undefined });
  }
}
