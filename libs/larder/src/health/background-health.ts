import type { CounterStatus } from '../background/counters/counter.js';
import type { DeadlineStatus } from '../background/deadlines/deadline.js';
import { MAX_FAILURES, type Problem } from './indicator.js';

/** Milliseconds by which an id may expire late, besides two intervals. A batch of a dead process takes as long. */
const MAX_DELAY = 30_000;

/** The names of counters whose increments are not written. */
export function failingCounters(counters: readonly CounterStatus[]): string[] {
  return counters.filter(({ failures }) => failures >= MAX_FAILURES).map(({ name }) => name);
}

export function counterProblem(failing: readonly string[]): Problem | undefined {
  if (failing.length === 0) return undefined;
  return {
    message: `Increments wait and are not written: ${failing.join(', ')}.`,
    action:
      'Check the database and Redis. onError of the counter gets the error; Larder writes what waits when it can.',
  };
}

/** The names of deadlines whose ids expire late, or not at all. */
export function lateDeadlines(deadlines: readonly DeadlineStatus[]): string[] {
  const isLate = ({ overdue, every, failures }: DeadlineStatus) =>
    overdue > 2 * every + MAX_DELAY || failures >= MAX_FAILURES;
  return deadlines.filter(isLate).map(({ name }) => name);
}

export function deadlineProblem(late: readonly string[]): Problem | undefined {
  if (late.length === 0) return undefined;
  return {
    message: `Ids do not expire in time: ${late.join(', ')}.`,
    action: 'Check the database and Redis. onError of the deadline gets the error; Larder retries what is due.',
  };
}

export const UNREADABLE_DEADLINES: Problem = {
  message: 'Due ids cannot be read, and may expire late.',
  action: 'Check Redis.',
};
