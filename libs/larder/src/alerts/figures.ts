import { Counter, type CounterStatus } from '../background/counters/counter.js';
import { Deadline, type DeadlineStatus } from '../background/deadlines/deadline.js';
import type { FleetPart } from '../background/fleet.js';
import type { Clock } from '../base/clock.js';
import { withinLimit } from '../base/timeout.js';
import type { CacheHealth } from '../cache/cache-health.js';
import type { NodeReport } from '../cache/fleet/node-report.js';
import { unpacked } from '../cache/stats/packed-calls.js';
import type { ChangeFeedStatus } from '../change-feed/change-feed.js';
import type { JobStatus } from '../jobs/run.js';
import type { Counts } from './past.js';

/** Everything that the conditions of alerts look at, at one moment. `undefined`: it could not be read. */
export interface Figures {
  /** Milliseconds that never go back. */
  readonly at: number;
  readonly counts: Counts;
  /** Whether there is a Redis to lose. */
  readonly isShared: boolean;
  readonly health: Pick<CacheHealth, 'current' | 'problem' | 'deliveryLag' | 'settled'>;
  readonly feed: Pick<ChangeFeedStatus, 'state' | 'lag' | 'gaps'>;
  readonly jobs: readonly Pick<JobStatus, 'name' | 'consecutiveFailures' | 'overdueSince' | 'paused'>[] | undefined;
  readonly counters: readonly CounterStatus[];
  readonly deadlines: readonly DeadlineStatus[] | undefined;
}

/** The parts of an application that figures are read from. */
export interface Watched {
  readonly clock: Clock;
  readonly cache: { readonly isShared: boolean; health(): Promise<Figures['health']> };
  readonly report: () => Pick<NodeReport, 'calls' | 'totals' | 'audit'>;
  readonly feed: { status(): Figures['feed'] };
  readonly jobs: { list(): Promise<NonNullable<Figures['jobs']>> };
  readonly parts: () => readonly FleetPart[];
}

/** How long Redis may take for the jobs or the deadlines, in milliseconds: a check must end. */
const TIMEOUT = 5000;

/** Never rejects. */
export async function figuresOf({ clock, cache, report, feed, jobs, parts }: Watched): Promise<Figures> {
  const [health, listed, deadlines] = await Promise.all([
    cache.health(),
    unlessLate(clock, jobs.list()),
    unlessLate(clock, deadlinesOf(parts())),
  ]);
  return {
    at: clock.elapsed(),
    counts: countsIn(report()),
    isShared: cache.isShared,
    health,
    feed: feed.status(),
    jobs: listed,
    counters: parts().flatMap((part) => (part instanceof Counter ? part.status() : [])),
    deadlines,
  };
}

function unlessLate<T>(clock: Clock, work: Promise<T>): Promise<T | undefined> {
  return withinLimit<T | undefined>(clock, TIMEOUT, work, () => undefined).catch(() => undefined);
}

function deadlinesOf(parts: readonly FleetPart[]): Promise<DeadlineStatus[]> {
  return Promise.all(parts.flatMap((part) => (part instanceof Deadline ? part.status() : [])));
}

function countsIn({ calls, totals, audit }: ReturnType<Watched['report']>): Counts {
  const { hits, stale, misses, loads } = unpacked(calls);
  return { hits: hits + stale, misses, loads, evictions: totals.evictions, staleReads: audit?.stale ?? 0 };
}
