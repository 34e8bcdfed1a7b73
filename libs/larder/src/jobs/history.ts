import type { EndedRun, JobRun } from './run.js';

/** How many runs the history keeps per job. */
export const MAX_RUNS = 50;

/** The stored state of a job. */
export interface JobRecord {
  readonly running: JobRun | undefined;
  readonly last: EndedRun | undefined;
  readonly consecutiveFailures: number;
  readonly total: number;
  readonly skipped: number;
  readonly repeated: number;
}

/** Stores the runs of jobs. A job has one run at a time, and therefore one writer. */
export interface JobHistory {
  /** Records the start of a run. Records a former run that never ended as lost. */
  started(name: string, run: JobRun): Promise<void>;
  /** Records the end of a run; idempotent. */
  ended(name: string, run: EndedRun): Promise<void>;
  /** @param count the number of skipped ticks */
  skipped(name: string, count: number): Promise<void>;
  /** Records that another process may have executed the same run. */
  repeated(name: string): Promise<void>;
  record(name: string): Promise<JobRecord>;
  /** The last 50 runs that ended, the latest first. */
  runs(name: string): Promise<readonly EndedRun[]>;
}

export function lostRun(run: JobRun): EndedRun {
  return { ...run, result: 'lost', error: 'Its process ended during the run.' };
}
