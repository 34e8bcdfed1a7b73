import { type Lifetime, seconds } from './age.js';

export interface CacheControlOptions {
  /** Forbids shared caches to store the response. */
  readonly isPrivate: boolean;
  /** Allows shared caches to store the response even if the request has credentials. */
  readonly public?: boolean | undefined;
  /** Upper bound of the freshness lifetime for clients, in milliseconds; `undefined` if they must always revalidate. */
  readonly maxAge: number | undefined;
  /** Milliseconds after its TTL during which a stale response may be used while a refresh runs; 0 for none. */
  readonly staleWhileRevalidate: number;
}

/**
 * The `Cache-Control` of a stored response. Clients subtract `Age` from `max-age`; the difference is the remaining TTL. A client
 * uses no response longer than the cache would.
 */
export function cacheControlOf(lifetime: Lifetime, options: CacheControlOptions): string {
  const lasting = options.maxAge === undefined ? 'no-cache' : lastingFor(lifetime, options.maxAge, options);
  if (options.isPrivate) return `private, ${lasting}`;
  return options.public === true ? `public, ${lasting}` : lasting;
}

function lastingFor({ age, left }: Lifetime, maxAge: number, options: CacheControlOptions): string {
  const usable = Math.max(0, Math.min(left, seconds(maxAge)));
  const stale = maxAge === 0 ? 0 : Math.min(left, 0) + seconds(options.staleWhileRevalidate);
  const directives = [`max-age=${usable > 0 || stale > 0 ? age + usable : 0}`];
  if (stale > 0) directives.push(`stale-while-revalidate=${stale}`);
  else if (usable === 0) directives.push('must-revalidate');
  return directives.join(', ');
}

/** For a response of one user that is not the cached object: only the client's own cache may store it. */
export const CLIENT_ONLY = 'private, no-cache';
/** For a response that no cache may store. */
export const NOT_STORED = 'private, no-store';

const ASKS_FOR_NEW = /(?:^|[,\s])(?:no-cache|no-store)(?:$|[,\s;=])/i;
const FORBIDS_STORING = /(?:^|[,\s])no-store(?:$|[,\s;])/i;

/** What the `Cache-Control` of a request asks for: `new` a fresh load, `unstored` a response that is not stored. */
export function askedFor(field: string | undefined): 'anything' | 'new' | 'unstored' {
  if (field === undefined || !ASKS_FOR_NEW.test(field)) return 'anything';
  return FORBIDS_STORING.test(field) ? 'unstored' : 'new';
}
