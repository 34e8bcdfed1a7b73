import type { Entry } from '../../cache/entries/entry.js';
import type { CallerRequest } from '../../scope/caller-identity.js';
import type { CachedRoute } from './cached-route.js';

/** The property of a request that carries the cache's answer through the interceptors to the responder. */
export const ANSWER = Symbol('Larder answer');

export type AnsweredRequest = CallerRequest & {
  [ANSWER]?: Answer;
  /** The URL as the client sent it, before middleware or routers changed it. */
  readonly originalUrl?: string;
};

/**
 * Where a response came from, in the terms of RFC 9211. `hit`: the cache. `miss`: the method. `collapsed`: a run of the method
 * that was in flight. `stale`: the cache, past its TTL. `request`: the method, because the request asked for a fresh response.
 * `bypass`: the method, uncached.
 */
export type Forwarded = 'hit' | 'miss' | 'collapsed' | 'stale' | 'request' | 'bypass';

/** The cache's answer to one request. */
export class Answer {
  constructor(
    readonly route: CachedRoute,
    readonly forwarded: Forwarded,
    /** What the woven method returned. The stored body may be sent only if the interceptors return this same object. */
    readonly value: unknown,
    /** `undefined` if the value is not stored. */
    readonly entry: Entry | undefined,
    /** Why the response is not stored. */
    readonly detail?: string,
  ) {}
}
