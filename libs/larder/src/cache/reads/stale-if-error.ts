import { withinLimit } from '../../base/timeout.js';
import type { Entry } from '../entries/entry.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';
import type { ReadRequest } from '../state/read-request.js';

/** What a load brings, or a stale value that stands in for it: if it fails, or takes longer than the soft time-out. */
export async function withStaleIfError(
  context: CacheContext,
  entry: Entry,
  request: ReadRequest,
  value: Promise<unknown>,
): Promise<unknown> {
  const { policy } = request;
  const serve = (): unknown => {
    // Something it depends on may have been invalidated while the load was waited for.
    if (!mayStandIn(context, entry, policy)) return value;
    policy.counters.fallbacks++;
    entry.hits++;
    request.entry = entry;
    return entry.served;
  };
  try {
    return await withinLimit(context.clock, policy.softTimeout, value, serve);
  } catch (error) {
    if (!mayStandIn(context, entry, policy) || !standsInFor(policy, error)) throw error;
    context.report({ type: 'load-failed', id: entry.id, method: policy.method, error });
    return serve();
  }
}

/** Whether a failure is one that a stale value may stand in for. */
export function standsInFor({ staleIfErrorOn }: Policy, error: unknown): boolean {
  try {
    return staleIfErrorOn(error);
  } catch {
    return false;
  }
}

/** Whether a stale value may still be answered: nothing it depends on was invalidated since it was found. */
export function mayStandIn({ clock, slots, table }: CacheContext, entry: Entry, { staleIfError }: Policy): boolean {
  if (!table.unchangedSince(entry.stamp, slots.ofStored(entry))) return false;
  return clock.elapsed() < entry.expiresAt + staleIfError;
}
