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
  /** What the method returned, if that is an object of up to 1,000 characters of JSON. */
  readonly statistics?: JobStatistics;
}

/** What a run says of itself, such as `{ processed: 12, errors: 0 }`. */
export type JobStatistics = Readonly<Record<string, unknown>>;

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
  /** The first tick that should have begun and has not; `undefined` while runs begin in time, or one goes on. */
  readonly overdueSince: Date | undefined;
  /** Runs since the last that succeeded. */
  readonly consecutiveFailures: number;
  /** Runs that ended. */
  readonly total: number;
  /** Ticks that were not run: a run was still under way, or no process or no Redis was there. */
  readonly skipped: number;
  /** Runs that ended while another process may have run the same: Redis was away for longer than a lock lasts. */
  readonly repeated: number;
}

/** Ticks that will not be run. */
export interface SkippedTicks {
  readonly type: 'skipped';
  readonly name: string;
  /** The first of them. */
  readonly scheduledFor: Date;
  /** How many; of a cron expression up to 1,000 at a time. */
  readonly count: number;
  /** A run was still under way, or no process took them in time: none was there, or Redis was not. */
  readonly reason: 'running' | 'missed';
}

/** What happens to jobs in this process. */
export type JobEvent =
  | { readonly type: 'started'; readonly name: string; readonly run: JobRun }
  | { readonly type: 'ended'; readonly name: string; readonly run: EndedRun }
  /** Ticks will not be run. */
  | SkippedTicks
  /** A run ended while another process may have run the same: Redis was away for longer than a lock lasts. */
  | { readonly type: 'repeated'; readonly name: string; readonly run: EndedRun }
  /** The schedule of a job that no process has any more was removed from Redis. */
  | { readonly type: 'removed'; readonly name: string }
  /** Ticks or records cannot be taken from or brought to Redis. It goes on by itself. */
  | { readonly type: 'trouble'; readonly name: string | undefined; readonly error: unknown };

export type JobListener = (event: JobEvent) => void;
