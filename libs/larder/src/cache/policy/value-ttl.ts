import { inspect } from 'node:util';
import { LarderOptionsError } from '../../base/errors.js';
import { disarm } from '../../base/placement.js';
import { toMilliseconds } from '../../base/units.js';
import type { Policy } from './policy.js';

/**
 * The TTL of a value in milliseconds; 0 if the value must not be stored.
 *
 * @throws LarderOptionsError if the function `ttl` returns no duration; any error of the function
 */
export function ttlOfValue(value: unknown, { ttl, ttlOf, method }: Policy): number {
  if (ttlOf === undefined) return ttl;
  const given = ttlOf(value);
  if (typeof given === 'number' && given <= 0) return 0;
  const parsed = toMilliseconds(given);
  if (parsed !== undefined) return parsed;
  disarm(given);
  const subject = method ?? 'the cache options';
  throw new LarderOptionsError([
    `invalid ttl of ${subject}: got ${inspect(given)} from its function, expected a duration, or zero for a value not to store`,
  ]);
}
