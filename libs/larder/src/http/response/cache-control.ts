import { type Lifetime, seconds } from './age.js';

export interface CacheControlOptions {
  /** For the caller's own cache alone, not for one that others use too. */
  readonly isPrivate: boolean;
  /** Whether caches that others use too may keep it whatever the request holds. */
  readonly public?: boolean | undefined;
  /** Most of what is left for which clients may use it, in milliseconds; `undefined` where they have to ask each time. */
  readonly maxAge: number | undefined;
  /** For how long after its TTL it may be used while a newer one is fetched, in milliseconds; 0 for not at all. */
  readonly staleWhileRevalidate: number;
}

/**
 * The `Cache-Control` of a stored answer. Where `maxAge` is given, clients subtract `Age` from `max-age`: the difference is what is left of the TTL,
 * so that nothing is used longer there than it would be here.
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

/** For what no cache may keep for others, although nothing else is known of it. */
export const NOBODY_ELSE = 'private, no-cache';
/** For what no cache at all may keep. */
export const NOT_STORED = 'private, no-store';

const ASKS_FOR_NEW = /(?:^|[,\s])(?:no-cache|no-store)(?:$|[,\s;=])/i;
const FORBIDS_STORING = /(?:^|[,\s])no-store(?:$|[,\s;])/i;

/** What the `Cache-Control` of a request asks for. */
export function askedFor(field: string | undefined): 'anything' | 'new' | 'unstored' {
  if (field === undefined || !ASKS_FOR_NEW.test(field)) return 'anything';
  return FORBIDS_STORING.test(field) ? 'unstored' : 'new';
}
