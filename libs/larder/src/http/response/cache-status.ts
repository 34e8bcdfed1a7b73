import type { Forwarded } from '../route/request.js';

export interface CacheStatus {
  readonly forwarded: Forwarded;
  /** Whether the response is in the cache now. */
  readonly stored: boolean;
  /** Remaining TTL in seconds; `undefined` if the response is not in the cache. */
  readonly left: number | undefined;
  /** The key, with `showKey`. */
  readonly key: string | undefined;
  readonly detail: string | undefined;
}

/** The `Cache-Status` of a response (RFC 9211). */
export function cacheStatusOf({ forwarded, stored, left, key, detail }: CacheStatus): string {
  let status = `Larder; ${forwarded === 'hit' ? 'hit' : `fwd=${forwarded === 'collapsed' ? 'miss' : forwarded}`}`;
  if (forwarded !== 'hit' && forwarded !== 'stale' && stored) status += '; stored';
  if (forwarded === 'collapsed') status += '; collapsed';
  if (left !== undefined) status += `; ttl=${left}`;
  if (key !== undefined) status += `; key=${quoted(key)}`;
  if (detail !== undefined) status += `; detail=${quoted(detail)}`;
  return status;
}

/** A string of structured fields (RFC 8941): printable ASCII, with quotes and backslashes escaped. */
function quoted(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/gu, (unit) => encodeURIComponent(unit));
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`;
}
