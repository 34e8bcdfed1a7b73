import { setTimeout as delay } from 'node:timers/promises';
import { LarderRedisError } from '../../base/errors.js';
import { Cache } from '../../cache/cache.js';
import type { Inspector } from '../../cache/reads/inspector.js';
import type { Journal } from '../../cache/versions/journal.js';
import { createEngine } from '../../create-cache.js';
import type { Environment } from '../../options/option.js';
import { withSharedCache } from './shared-cache.js';

/** How long a call of Redis may take at least, in milliseconds: a command may run far from it. */
const MIN_TIMEOUT = 3000;

/** How long to wait for the journal, in milliseconds. */
const FOLLOW_TIMEOUT = 10_000;

/** A node that follows the journal, as each process of the application does. */
export interface JoinedNode {
  readonly cache: Cache;
  readonly inspector: Inspector;
}

/**
 * Joins the nodes that share Redis, runs work, and leaves.
 *
 * @throws LarderRedisError if the journal cannot be followed; see {@link withSharedCache}
 */
export function withJoinedNode<T>(env: Environment, work: (node: JoinedNode) => Promise<T>): Promise<T> {
  return withSharedCache(env, async ({ settings }) => {
    const redisTimeout = Math.max(MIN_TIMEOUT, settings.redisTimeout);
    // With `diagnostics`, the other nodes learn where an invalidation comes from.
    // It is no node of the application: it publishes no figures.
    const fleetStats = Number.POSITIVE_INFINITY;
    const engine = await createEngine({ ...settings, redisTimeout, diagnostics: true, needsRedis: false, fleetStats });
    try {
      await followed(engine.context.journal);
      return await work({ cache: new Cache(engine), inspector: engine.inspector });
    } finally {
      await engine.close();
    }
  });
}

async function followed(journal: Journal): Promise<void> {
  const until = performance.now() + FOLLOW_TIMEOUT;
  while (journal.syncedAt === Number.NEGATIVE_INFINITY && journal.problem === undefined && performance.now() < until) {
    await delay(5);
  }
  const { problem, syncedAt } = journal;
  if (problem instanceof LarderRedisError) throw problem;
  if (problem !== undefined || syncedAt === Number.NEGATIVE_INFINITY) {
    throw new LarderRedisError('unavailable', `The journal in Redis cannot be followed (${problem ?? 'no reply'})`);
  }
}
