import type { Entry } from '../../cache/entries/entry.js';

/** How old a stored answer is and how much of its TTL is left, in whole seconds. */
export interface Lifetime {
  readonly age: number;
  /** Below zero for a stale one. */
  readonly left: number;
}

/** RFC 9111 has clients that count in 31 bits; a year is as good as for ever. */
const MAX_AGE = 31_536_000;

/** @param now on the clock's `elapsed` */
export function lifetimeOf({ loadedAt, expiresAt }: Entry, now: number): Lifetime {
  return { age: seconds(now - loadedAt), left: seconds(expiresAt - now) };
}

export function seconds(milliseconds: number): number {
  return Math.min(MAX_AGE, Math.floor(milliseconds / 1000));
}
