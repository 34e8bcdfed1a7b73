import type { ChangeFeedStatus } from '../change-feed/change-feed.js';
import type { Problem } from './indicator.js';

/** Milliseconds by which a change may be late. Taking over from a dead reader takes less. */
const MAX_LAG = 30_000;

export function feedProblem({
  state,
  lag = 0,
  gaps,
}: Pick<ChangeFeedStatus, 'state' | 'lag' | 'gaps'>): Problem | undefined {
  if (state === 'waiting') {
    return {
      message: 'Changes by other programs reach the cache late, because the change log cannot be read.',
      action: 'Check the database and its triggers. The log has the error: feed-lost.',
    };
  }
  if (gaps.length > 0) {
    return {
      message: 'Values may be stale for up to 10 s, because triggers do not log some changes.',
      action: 'Run npx nest-larder triggers install.',
    };
  }
  if (lag <= MAX_LAG) return undefined;
  return {
    message: 'Changes by other programs reach the cache late, because there are more than this process delivers.',
    action: 'Look for a bulk change in the database, and check that Redis accepts invalidations.',
  };
}
