import { createHash } from 'node:crypto';

/** The key of an entry. The id is the hash tag: in a cluster, its lease is on the same node. An id contains no braces. */
export function entryKey(prefix: string, id: string): string {
  return `${prefix}:{${id}}`;
}

export function idOfEntryKey(prefix: string, key: string): string {
  return key.slice(prefix.length + 2, -1);
}

/** Contains a digest of the token, because a caller that redeems one chooses its text. */
export function clearTokenKey(prefix: string, token: string): string {
  return `${prefix}:clear:${createHash('sha256').update(token).digest('hex')}`;
}

/** Not `lease`: the release before took that for a lease that is deleted as soon as its entry is stored, and would wait for it. */
export function leaseKey(prefix: string, id: string, generation: number): string {
  return `${prefix}:{${id}}:loading:${generation}`;
}
