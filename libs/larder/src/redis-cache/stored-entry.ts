import type { TierEntry } from '../cache/entries/tier-entry.js';
import { entryKey } from './redis-keys.js';

/** Maximum bytes of the entries that one script stores: more would block other clients of Redis. */
export const MAX_SCRIPT_BYTES = 1024 * 1024;

/** An entry as arguments of commands. */
export interface StoredEntry {
  readonly key: string;
  readonly bytes: Buffer;
  /** Milliseconds, or an empty text for no expiry. */
  readonly ttl: number | '';
}

/** @param prefix of every name in Redis */
export function storedEntry(prefix: string, { id, bytes, ttl }: TierEntry): StoredEntry {
  return {
    key: entryKey(prefix, id),
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    // Redis refuses numbers beyond 64 bits; 285,000 years count as no expiry.
    ttl: ttl > Number.MAX_SAFE_INTEGER ? '' : Math.floor(ttl),
  };
}
