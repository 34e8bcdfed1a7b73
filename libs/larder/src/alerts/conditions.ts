import { counterProblem, deadlineProblem, failingCounters, lateDeadlines } from '../health/background-health.js';
import { journalProblem, redisProblem } from '../health/cache-health.js';
import { feedProblem } from '../health/feed-health.js';
import type { Problem } from '../health/indicator.js';
import { jobProblem, troubleOf } from '../health/job-health.js';
import type { AlertName, Finding } from './alert.js';
import { hitRate, memory, staleReads } from './count-conditions.js';
import type { Figures } from './figures.js';
import type { Past } from './past.js';

/** A condition of an alert. */
export interface Condition {
  readonly name: AlertName;
  /** How many consecutive checks must see it before the alert starts, and must not see it before the alert ends. */
  readonly startsAfter: number;
  readonly endsAfter: number;
  /**
   * What it sees now; `undefined` if it cannot tell, which changes nothing.
   *
   * @param isActive whether the alert has started: it ends at a lower figure than it starts
   */
  readonly find: (figures: Figures, past: Past, isActive: boolean) => readonly Finding[] | undefined;
}

/** Milliseconds for which an invalidation waits before the alert starts, and with which it is over. */
const UNDELIVERED = 10_000;
const DELIVERED = 1000;

/** The conditions of one watch, in the order in which their alerts are announced. */
export function newConditions(): readonly Condition[] {
  return [
    { name: 'redis-lost', startsAfter: 2, endsAfter: 2, find: ofRedis },
    { name: 'journal-late', startsAfter: 3, endsAfter: 2, find: ofJournal },
    { name: 'invalidations-undelivered', startsAfter: 1, endsAfter: 1, find: ofDelivery },
    { name: 'feed-late', startsAfter: 2, endsAfter: 2, find: ({ feed }) => found(feedProblem(feed)) },
    { name: 'job-failing', startsAfter: 1, endsAfter: 1, find: ofFailingJobs },
    { name: 'job-overdue', startsAfter: 2, endsAfter: 2, find: ofOverdueJobs },
    { name: 'counter-failing', startsAfter: 1, endsAfter: 1, find: ofCounters },
    { name: 'deadline-late', startsAfter: 2, endsAfter: 2, find: ofDeadlines },
    { name: 'hit-rate-low', startsAfter: 2, endsAfter: 2, find: hitRate() },
    { name: 'memory-small', startsAfter: 2, endsAfter: 2, find: memory },
    { name: 'stale-reads', startsAfter: 1, endsAfter: 1, find: staleReads },
  ];
}

function found(problem: Problem | undefined): readonly Finding[] {
  return problem === undefined ? [] : [problem];
}

function ofRedis({ isShared, health }: Figures): readonly Finding[] {
  return isShared && health.problem !== undefined ? found(redisProblem(health)) : [];
}

/** While Redis is lost, that is the alert. */
function ofJournal({ isShared, health }: Figures): readonly Finding[] {
  const { current, problem } = health;
  return isShared && !current && problem === undefined ? found(journalProblem({ current, settled: true })) : [];
}

function ofDelivery({ health }: Figures, _: Past, isActive: boolean): readonly Finding[] {
  const isLate = health.deliveryLag >= (isActive ? DELIVERED : UNDELIVERED);
  return isLate ? found(journalProblem({ current: true, settled: false })) : [];
}

function ofFailingJobs({ jobs }: Figures): readonly Finding[] | undefined {
  return jobs && named(troubleOf(jobs).failing, (name) => jobProblem({ failing: [name], overdue: [] }));
}

function ofOverdueJobs({ jobs }: Figures): readonly Finding[] | undefined {
  return jobs && named(troubleOf(jobs).overdue, (name) => jobProblem({ failing: [], overdue: [name] }));
}

function ofCounters({ counters }: Figures): readonly Finding[] {
  return named(failingCounters(counters), (name) => counterProblem([name]));
}

function ofDeadlines({ deadlines }: Figures): readonly Finding[] | undefined {
  return deadlines && named(lateDeadlines(deadlines), (name) => deadlineProblem([name]));
}

function named(subjects: readonly string[], problemOf: (subject: string) => Problem | undefined): readonly Finding[] {
  return subjects.flatMap((subject) => found(problemOf(subject)).map((finding) => ({ subject, ...finding })));
}
