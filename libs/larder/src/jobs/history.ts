import type { EndedRun, JobRun } from './run.js';

/** How many runs are remembered for each job. */
export const MAX_RUNS = 50;

/** What is kept of a job. */
export interface JobRecord {
  readonly running: JobRun | undefined;
  readonly last: EndedRun | undefined;
  readonly consecutiveFailures: number;
  readonly total: number;
  readonly skipped: number;
  readonly repeated: number;
}

/** Where it is written down what jobs did. A job has one run at a time, so one writer. */
export interface JobHistory {
  /** A run begins. One that began before it and never ended is written down as lost. */
  started(name: string, run: JobRun): Promise<void>;
  /** The same run twice in a row counts once. */
  ended(name: string, run: EndedRun): Promise<void>;
  /** @param count how many ticks */
  skipped(name: string, count: number): Promise<void>;
  /** A run ended while another process may have run the same. */
  repeated(name: string): Promise<void>;
  record(name: string): Promise<JobRecord>;
  /** The last 50 runs that ended, the latest first. */
  runs(name: string): Promise<readonly EndedRun[]>;
}

export function lostRun(run: JobRun): EndedRun {
  return { ...run, result: 'lost', error: 'Its process ended before it did.' };
}
