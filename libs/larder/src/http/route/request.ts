import type { Entry } from '../../cache/entries/entry.js';
import type { CallerRequest } from '../../scope/caller-identity.js';
import type { CachedRoute } from './cached-route.js';

/** Where a request carries what the cache has answered to it, until that leaves the interceptors. */
export const ANSWER = Symbol('Larder answer');

export type AnsweredRequest = CallerRequest & {
  [ANSWER]?: Answer;
  /** As it was sent, whatever middleware or routers have made of it. */
  readonly originalUrl?: string;
};

/**
 * How an answer came about, in the terms of RFC 9211: `hit` from the cache; `miss` from the method, `collapsed` from a run
 * of it that was under way; `stale` from the cache although its time is over, while a newer one is fetched; `request` from
 * the method because the request asked for it; `bypass` past the cache.
 */
export type Forwarded = 'hit' | 'miss' | 'collapsed' | 'stale' | 'request' | 'bypass';

/** What the cache gave to one request. */
export class Answer {
  constructor(
    readonly route: CachedRoute,
    readonly forwarded: Forwarded,
    /** What the woven method returned. Only if this very object leaves the interceptors may its kept bytes be sent. */
    readonly value: unknown,
    /** Under which it is stored; `undefined` if it is not. */
    readonly entry: Entry | undefined,
    /** Why nobody may have a stored answer. */
    readonly detail?: string,
  ) {}
}
