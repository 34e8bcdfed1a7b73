/** A requested run. */
export interface RunRequest {
  /** When the run was due, or was requested, in milliseconds since the epoch. */
  readonly at: number;
  /** A tick of the schedule, or a call of `runNow`. */
  readonly kind: 'tick' | 'manual';
}

/** The exclusive right to run a job once. */
export interface JobLock {
  /** The run to execute: the requested one, or an older one whose process died and which goes first. */
  readonly request: RunRequest;
  /** The last tick before this one that was run or skipped; `undefined` if there was none with the same schedule. */
  readonly previousTick: number | undefined;
  /** Aborted when another process may hold the lock, because this one was suspended or disconnected for too long. */
  readonly lost: AbortSignal;
  /**
   * Releases the lock. Can be repeated until it resolves.
   *
   * @param isDone whether the run has ended; otherwise another process begins it again
   * @returns false if another process may have executed the same run
   * @throws LarderRedisError if Redis fails
   */
  release(isDone: boolean): Promise<boolean>;
}

export type LockReply =
  | { readonly type: 'acquired'; readonly lock: JobLock }
  /** @see LockHolder */
  | ({ readonly type: 'held' } & LockHolder)
  /** The holder in `alive` still has the lock: the tick will not be run. */
  | { readonly type: 'skipped'; readonly previousTick: number | undefined }
  /** The job is paused: the tick will not be run. */
  | { readonly type: 'paused' }
  /** The run has already been executed or skipped. */
  | { readonly type: 'settled' };

export interface LockHolder {
  /** Identifies the holder. */
  readonly holder: string;
  /** Milliseconds until the lock expires unless its holder renews it; `Infinity` if a holder cannot die. */
  readonly expiresIn: number;
}

/** Options of `acquire`. */
export interface LockOptions {
  /** A holder that is known to be alive: a tick is skipped instead of waiting for it. */
  readonly alive?: string | undefined;
  /** Whether to acquire only a run that began and has not ended. Other requests wait for the lock, in the order of their ticks. */
  readonly isRecovery: boolean;
}

/**
 * Locks of jobs: one run per job at a time. Runs of ticks begin in the order of the ticks. While a job is paused, no run of a tick
 * begins; one that has begun is repeated after its process died, and `runNow` gets the lock.
 */
export interface JobLocks {
  /**
   * @param schedule the text of the job's schedule
   * @throws LarderRedisError if Redis fails
   */
  acquire(job: string, schedule: string, request: RunRequest, options: LockOptions): Promise<LockReply>;
  /**
   * Runs that began and have not ended, by job: running ones, and those whose process died. Not implemented if a run cannot
   * outlive its process.
   */
  unfinished?(): Promise<ReadonlyMap<string, RunRequest>>;
}
