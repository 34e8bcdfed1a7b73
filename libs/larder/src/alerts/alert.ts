/** What an alert is about. */
export type AlertName =
  | 'hit-rate-low'
  | 'redis-lost'
  | 'journal-late'
  | 'invalidations-undelivered'
  | 'feed-late'
  | 'job-failing'
  | 'job-overdue'
  | 'counter-failing'
  | 'deadline-late'
  | 'memory-small'
  | 'stale-reads';

/** A fault that has begun, or that is over. */
export interface Alert {
  readonly name: AlertName;
  /** The name of the job, counter or deadline; `undefined` for a fault of the cache. */
  readonly subject: string | undefined;
  readonly state: 'started' | 'ended';
  /** What users notice. */
  readonly message: string;
  /** What to do. */
  readonly action: string;
  readonly startedAt: Date;
  /** Only if it has ended. */
  readonly endedAt: Date | undefined;
  /** The process that noticed it first: `host:pid`. */
  readonly node: string;
}

export type AlertListener = (alert: Alert) => void;

/** A fault that a condition sees now. */
export interface Finding {
  readonly subject?: string;
  readonly message: string;
  readonly action: string;
}
