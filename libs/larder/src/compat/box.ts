import { LarderOptionsError } from '../base/errors.js';
import type { KnownClasses } from '../cache/entries/classes.js';
import { copyOf, keptCopyOf } from '../cache/entries/copy.js';
import { checkStorable } from '../cache/entries/storable.js';

/** A stored value: in a box, `null` is stored like other values, and the time of its expiry is known. */
export interface Box {
  readonly value: unknown;
  /** Milliseconds since the epoch; absent without expiry. */
  readonly expires?: number;
}

/**
 * A box with a copy of the value: the cache freezes what it stores, and the caller may still change its own.
 *
 * @param life milliseconds; `Infinity` for no expiry
 * @throws LarderValueError naming the part that cannot be stored
 */
export function boxOf(value: unknown, life: number, now: number, classes: KnownClasses): Box {
  checkStorable(value, classes);
  const copy = changeableCopy(value, classes);
  return life === Number.POSITIVE_INFINITY ? { value: copy } : { value: copy, expires: now + life };
}

/** A copy of a stored value that its caller may change. */
export function changeableCopy(value: unknown, classes: KnownClasses): unknown {
  return typeof value === 'object' && value !== null ? copyOf(keptCopyOf(value, classes)) : value;
}

/**
 * The lifetime that a TTL of `cache-manager` means, in milliseconds: 0 and `undefined` mean no expiry; below 0, the value has
 * expired already.
 *
 * @throws LarderOptionsError if it is not a number
 */
export function lifeOf(ttl: unknown): number {
  if (ttl === undefined || ttl === null || ttl === 0) return Number.POSITIVE_INFINITY;
  if (typeof ttl === 'number' && !Number.isNaN(ttl)) return Math.ceil(ttl);
  throw new LarderOptionsError([`invalid ttl of a cached value: got ${String(ttl)}, expected milliseconds from 0`]);
}
