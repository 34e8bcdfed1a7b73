import { messageOf } from '../base/errors.js';
import type { Engine } from './engine.js';

/** Whether invalidations arrive from other nodes, and reach them. */
export interface CacheHealth {
  /** Whether this node has every invalidation acknowledged anywhere more than `maxStaleness` ago. */
  readonly current: boolean;
  /**
   * Milliseconds since the version table was last known to be complete; 0 in a single process, `Infinity` if it never was.
   */
  readonly journalLag: number;
  /** Whether no invalidation of this node is queued because Redis is away; those in transit do not count. */
  readonly settled: boolean;
  /**
   * Age of the oldest undelivered invalidation of this node, in transit or queued, in milliseconds; 0 if all are delivered.
   */
  readonly deliveryLag: number;
  /** The last error of reading or writing Redis, with host and port; `undefined` while it works. */
  readonly problem: string | undefined;
  /**
   * The circuit breaker of commands to Redis: `open` after one was not answered in time, for half a second in which none is sent;
   * `probing` while one finds out whether Redis answers again. `undefined` without Redis.
   */
  readonly circuit?: 'closed' | 'open' | 'probing' | undefined;
  /** Whether the cache was closed: every call loads from its source. */
  readonly closed: boolean;
}

export function healthOf({ context, isClosed, servers, writer }: Engine): CacheHealth {
  const { clock, journal, sync } = context;
  const { syncedAt, settled, problem } = journal;
  return {
    current: sync.isCurrent(),
    journalLag: Math.max(0, clock.elapsed() - syncedAt),
    settled,
    deliveryLag: writer.deliveryLag,
    problem: problem === undefined ? undefined : messageOf(problem),
    circuit: servers?.circuit,
    closed: isClosed,
  };
}
