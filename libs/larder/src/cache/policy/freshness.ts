import type { Entry } from '../entries/entry.js';
import type { Policy } from './policy.js';

/**
 * How old a valid entry is for a caller: `fresh`; `due`, fresh and to be refreshed ahead; `stale`, past its TTL and served at
 * once while a refresh runs (stale-while-revalidate); `fallback`, served if a load fails or takes too long (stale-if-error);
 * `over`, too old to serve. Stale values follow RFC 5861.
 */
export type Freshness = 'fresh' | 'due' | 'stale' | 'fallback' | 'over';

type Windows = Pick<Policy, 'staleWhileRevalidate' | 'staleIfError'>;

export function freshnessOf(
  { dueAt, expiresAt }: Pick<Entry, 'dueAt' | 'expiresAt'>,
  { staleWhileRevalidate, staleIfError }: Windows,
  now: number,
): Freshness {
  if (now < dueAt) return 'fresh';
  if (now < expiresAt) return 'due';
  if (now < expiresAt + staleWhileRevalidate) return 'stale';
  return now < expiresAt + staleIfError ? 'fallback' : 'over';
}

/** When an entry is due, when it expires, and until when it is kept. */
export function scheduleOf(
  loadedAt: number,
  expiresAt: number,
  policy: Windows & Pick<Policy, 'refreshAhead'>,
): Pick<Entry, 'dueAt' | 'expiresAt' | 'keptUntil'> {
  const { refreshAhead, staleIfError, staleWhileRevalidate } = policy;
  const dueAt = refreshAhead === 1 ? expiresAt : Math.floor(loadedAt + refreshAhead * (expiresAt - loadedAt));
  return { dueAt, expiresAt, keptUntil: expiresAt + Math.max(staleIfError, staleWhileRevalidate) };
}
