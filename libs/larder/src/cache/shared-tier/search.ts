import { LarderRedisError } from '../../base/errors.js';
import type { Tier } from './tier.js';

/** The ids that a search found. */
export interface FoundIds {
  readonly ids: readonly string[];
  /** Why there may be more: `limit` of the caller, or the search took too long. */
  readonly stoppedBy: 'limit' | 'time' | undefined;
}

/** Up to `limit` ids that match a glob and a condition. */
export async function findIds(
  tier: Pick<Tier, 'search'>,
  glob: string,
  limit: number,
  fits: (id: string) => boolean = () => true,
): Promise<FoundIds> {
  // SCAN may return a key twice.
  const ids = new Set<string>();
  try {
    for await (const portion of tier.search(glob)) {
      for (const id of portion) if (fits(id)) ids.add(id);
      if (ids.size > limit) return { ids: [...ids].slice(0, limit), stoppedBy: 'limit' };
    }
    return { ids: [...ids], stoppedBy: undefined };
  } catch (error) {
    if (!(error instanceof LarderRedisError && error.reason === 'timeout')) throw error;
    return { ids: [...ids], stoppedBy: 'time' };
  }
}
