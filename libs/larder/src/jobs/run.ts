import type { JobPause } from './job-pauses.js';

/** How a run ended; `lost` if its process died or lost the lock. */
export type JobResult = 'succeeded' | 'failed' | 'timed-out' | 'stopped' | 'lost';

/** One run of a job. */
export interface JobRun {
  /** When the run was due, or was requested. */
  readonly scheduledFor: Date;
  readonly startedAt: Date;
  /** Host and process. */
  readonly by: string;
  /** Milliseconds; `undefined` while it runs, and for a lost run. */
  readonly duration?: number;
  /** `undefined` while it runs. */
  readonly result?: JobResult;
  /** Why the run did not succeed. */
  readonly error?: string;
  /** The number of attempts. */
  readonly attempts: number;
  /** What the method returned, if that is an object of at most 1,000 characters of JSON. */
  readonly statistics?: JobStatistics;
}

/** The object that a job's method returned, such as `{ processed: 12, errors: 0 }`. */
export type JobStatistics = Readonly<Record<string, unknown>>;

/** A run that has ended. */
export type EndedRun = JobRun & { readonly result: JobResult };

/** The status of a job. */
export interface JobStatus {
  readonly name: string;
  /** `every 5000 ms` or `0 3 * * * Europe/Berlin`. */
  readonly schedule: string;
  /** The current run, in any process. */
  readonly running: JobRun | undefined;
  /** The last run that ended. */
  readonly last: EndedRun | undefined;
  /** The next tick; it is not run if the job is paused then. */
  readonly nextRun: Date;
  /** Who paused the job, and when; `undefined` unless it is paused. */
  readonly paused: JobPause | undefined;
  /** The first tick that should have begun and has not; `undefined` while runs begin in time, a run is in progress, or the job is paused. */
  readonly overdueSince: Date | undefined;
  /** Runs since the last one that succeeded. */
  readonly consecutiveFailures: number;
  /** Runs that ended. */
  readonly total: number;
  /** Ticks that were not run, because the job was still running, or no process or no Redis was available. Not those of a pause. */
  readonly skipped: number;
  /** Runs that another process may have executed too, because Redis was unavailable for longer than the lock's TTL. */
  readonly repeated: number;
}

/** Ticks that will not be run. */
export interface SkippedTicks {
  readonly type: 'skipped';
  readonly name: string;
  /** The first of them. */
  readonly scheduledFor: Date;
  /** The number of ticks; at most 1,000 per event for a cron expression. */
  readonly count: number;
  /** `running`: the job was still running. `missed`: no process or no Redis was available in time. */
  readonly reason: 'running' | 'missed';
}

/** An event of a job in this process. */
export type JobEvent =
  | { readonly type: 'started'; readonly name: string; readonly run: JobRun }
  | { readonly type: 'ended'; readonly name: string; readonly run: EndedRun }
  /** Ticks will not be run. */
  | SkippedTicks
  /** Another process may have executed the same run: Redis was unavailable for longer than the lock's TTL. */
  | { readonly type: 'repeated'; readonly name: string; readonly run: EndedRun }
  /** A user of this process paused or resumed the job. No event tells of the ticks that are not run. */
  | { readonly type: 'paused' | 'resumed'; readonly name: string; readonly pause: JobPause }
  /** The schedule of a job that no process has any more was removed from Redis. */
  | { readonly type: 'removed'; readonly name: string }
  /** A call of Redis failed; the scheduler retries by itself. */
  | { readonly type: 'trouble'; readonly name: string | undefined; readonly error: unknown };

export type JobListener = (event: JobEvent) => void;
