/** How a run ended; `lost` if its process did, or lost touch with the others. */
export type JobResult = 'succeeded' | 'failed' | 'timed-out' | 'stopped' | 'lost';

/** One run of a job. */
export interface JobRun {
  /** The moment it was due, or was asked for. */
  readonly scheduledFor: Date;
  readonly startedAt: Date;
  /** Host and process. */
  readonly by: string;
  /** Milliseconds; `undefined` while it runs, and where nobody knows. */
  readonly duration?: number;
  /** `undefined` while it runs. */
  readonly result?: JobResult;
  /** Why it did not succeed. */
  readonly error?: string;
  /** How often it was tried. */
  readonly attempts: number;
}

/** A run that has ended. */
export type EndedRun = JobRun & { readonly result: JobResult };

/** What is known of a job. */
export interface JobStatus {
  readonly name: string;
  /** `every 5000 ms` or `0 3 * * * Europe/Berlin`. */
  readonly schedule: string;
  /** The run under way, anywhere. */
  readonly running: JobRun | undefined;
  /** The last run that ended. */
  readonly last: EndedRun | undefined;
  readonly nextRun: Date;
  /** Runs since the last that succeeded. */
  readonly consecutiveFailures: number;
  /** Runs that ended. */
  readonly total: number;
  /** Ticks that came while a run was still under way. */
  readonly skipped: number;
}

/** What happens to jobs in this process. */
export type JobEvent =
  | { readonly type: 'started'; readonly name: string; readonly run: JobRun }
  | { readonly type: 'ended'; readonly name: string; readonly run: EndedRun }
  /** A tick came while a run was still under way. */
  | { readonly type: 'skipped'; readonly name: string; readonly scheduledFor: Date }
  /** The schedule of a job that no process has any more was removed from Redis. */
  | { readonly type: 'removed'; readonly name: string }
  /** Ticks or records cannot be taken from or brought to Redis. It goes on by itself. */
  | { readonly type: 'trouble'; readonly name: string | undefined; readonly error: unknown };

export type JobListener = (event: JobEvent) => void;
