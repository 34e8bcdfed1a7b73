import { withinLimit } from '../../base/timeout.js';
import type { Entry } from '../entries/entry.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';
import type { ReadRequest } from '../state/read-request.js';

/** The result of a load, or a stale value if the load fails or takes longer than the soft time-out. */
export async function withStaleIfError(
  context: CacheContext,
  entry: Entry,
  request: ReadRequest,
  value: Promise<unknown>,
): Promise<unknown> {
  const { policy } = request;
  const serve = (): unknown => {
    // An invalidation may have arrived while the load ran.
    return mayStandIn(context, entry, policy) ? standIn(entry, request) : value;
  };
  try {
    return await withinLimit(context.clock, policy.softTimeout, value, serve);
  } catch (error) {
    if (!mayStandIn(context, entry, policy) || !standsInFor(policy, error)) throw error;
    context.report({ type: 'load-failed', id: entry.id, method: policy.method, error });
    context.pauses.begin(entry.id, policy.retryDelay);
    return serve();
  }
}

/** Serves a stale value in place of a load. */
export function standIn(entry: Entry, request: ReadRequest): unknown {
  request.policy.counters.fallbacks++;
  entry.hits++;
  request.entry = entry;
  return entry.served;
}

/** Whether a stale value is served without a load, because the last load failed a moment ago. */
export function isRetryPaused({ pauses }: CacheContext, { id }: Entry, { retryDelay }: Policy): boolean {
  return retryDelay > 0 && pauses.holds(id);
}

/** Whether a stale value may be served for an error. */
export function standsInFor({ staleIfErrorOn }: Policy, error: unknown): boolean {
  try {
    return staleIfErrorOn(error);
  } catch {
    return false;
  }
}

/** Whether a stale value may still be served: nothing it depends on was invalidated since it was found. */
export function mayStandIn({ clock, slots, table }: CacheContext, entry: Entry, { staleIfError }: Policy): boolean {
  if (!table.unchangedSince(entry.stamp, slots.ofStored(entry))) return false;
  return clock.elapsed() < entry.expiresAt + staleIfError;
}
