import type { JobStatus } from '../jobs/run.js';
import { MAX_FAILURES, type Problem } from './indicator.js';

/** The jobs of an application that need attention, or are paused, by name. */
export interface JobTrouble {
  /** Jobs whose last runs have all failed. */
  readonly failing: readonly string[];
  /** Jobs that should have begun and have not. */
  readonly overdue: readonly string[];
  /** Jobs that a user paused, which are neither failing nor overdue. */
  readonly paused: readonly string[];
}

type Progress = Pick<JobStatus, 'name' | 'consecutiveFailures' | 'overdueSince' | 'paused'>;

export function troubleOf(jobs: readonly Progress[]): JobTrouble {
  const names = (isAmong: (job: Progress) => boolean) => jobs.filter(isAmong).map(({ name }) => name);
  return {
    failing: names(({ consecutiveFailures, paused }) => paused === undefined && consecutiveFailures >= MAX_FAILURES),
    overdue: names(({ overdueSince }) => overdueSince !== undefined),
    paused: names(({ paused }) => paused !== undefined),
  };
}

export function jobProblem({ failing, overdue }: Omit<JobTrouble, 'paused'>): Problem | undefined {
  if (failing.length + overdue.length === 0) return undefined;
  return {
    message: [
      ...(failing.length > 0 ? [`Jobs fail repeatedly: ${failing.join(', ')}.`] : []),
      ...(overdue.length > 0 ? [`Jobs do not begin in time: ${overdue.join(', ')}.`] : []),
    ].join(' '),
    action:
      'Read the error of the last run: history() of Jobs, or the log. Overdue: check Redis, and that a process runs jobs.',
  };
}

export const UNREADABLE_JOBS: Problem = {
  message: 'The status of jobs cannot be read, and jobs may not run.',
  action: 'Check Redis.',
};
