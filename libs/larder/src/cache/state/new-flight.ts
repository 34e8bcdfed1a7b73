import { idOf } from '../../keys/key.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from './context.js';
import { Flight } from './flight.js';

/**
 * A flight that begins now, with the stamp of its value.
 *
 * @param isBackground whether no caller waits for it
 */
export function newFlight(context: CacheContext, path: string, policy: Policy, isBackground = false): Flight {
  const { clock, flights, slots, table, tracing } = context;
  const late = typeof policy.tags === 'function' || policy.tracker !== undefined;
  const known = () => slots.ofEntry(path, typeof policy.tags === 'function' ? [] : policy.tags);
  const flight = new Flight(flights.next(), idOf(path), known, late, table.sequence, clock.elapsed());
  if (tracing.tracer !== undefined) flight.trace = tracing.tracer.load(policy.method, isBackground);
  return flight;
}
