import type { Forwarded } from '../route/request.js';

export interface CacheStatus {
  readonly forwarded: Forwarded;
  /** Whether the answer is in the cache now. */
  readonly stored: boolean;
  /** Seconds for which it may still be served; `undefined` if it is not in the cache. */
  readonly left: number | undefined;
  /** The key, if it is to be told. */
  readonly key: string | undefined;
  readonly detail: string | undefined;
}

/** The `Cache-Status` of an answer (RFC 9211). */
export function cacheStatusOf({ forwarded, stored, left, key, detail }: CacheStatus): string {
  let status = `Larder; ${forwarded === 'hit' ? 'hit' : `fwd=${forwarded === 'collapsed' ? 'miss' : forwarded}`}`;
  if (forwarded !== 'hit' && forwarded !== 'stale' && stored) status += '; stored';
  if (forwarded === 'collapsed') status += '; collapsed';
  if (left !== undefined) status += `; ttl=${left}`;
  if (key !== undefined) status += `; key=${quoted(key)}`;
  if (detail !== undefined) status += `; detail=${quoted(detail)}`;
  return status;
}

/** A string as structured fields have it: printable ASCII, quotes and backslashes escaped. */
function quoted(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/gu, (unit) => encodeURIComponent(unit));
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`;
}
