import type { Entry } from '../../cache/entries/entry.js';

/** Age and remaining TTL of an entry, in whole seconds. */
export interface Lifetime {
  readonly age: number;
  /** Negative for a stale entry. */
  readonly left: number;
}

/** One year. RFC 9111 clients count seconds in 31 bits: an infinite TTL needs a finite number. */
const MAX_AGE = 31_536_000;

/** @param now on the clock's `elapsed` */
export function lifetimeOf({ loadedAt, expiresAt }: Entry, now: number): Lifetime {
  return { age: seconds(now - loadedAt), left: seconds(expiresAt - now) };
}

export function seconds(milliseconds: number): number {
  return Math.min(MAX_AGE, Math.floor(milliseconds / 1000));
}
