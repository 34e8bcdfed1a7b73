import { idOf } from '../../keys/key.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from './context.js';
import { Flight } from './flight.js';

/** A flight that begins now, with the stamp of its value. */
export function newFlight({ clock, flights, slots, table }: CacheContext, path: string, policy: Policy): Flight {
  const late = typeof policy.tags === 'function';
  const known = () => slots.ofEntry(path, typeof policy.tags === 'function' ? [] : policy.tags);
  return new Flight(flights.next(), idOf(path), known, late, table.sequence, clock.elapsed());
}
