/** What a run is for. */
export interface RunRequest {
  /** The moment the run was due, or was asked for, in milliseconds since the epoch. */
  readonly at: number;
  /** A tick of the schedule, or a call of `runNow`. */
  readonly kind: 'tick' | 'manual';
}

/** The right to run a job, for one run of all at a time. */
export interface JobLock {
  /** What to run: what was asked for, or an older run whose process died. That one goes first. */
  readonly request: RunRequest;
  /** The tick before this one that was run or skipped; `undefined` if there was none by the same schedule. */
  readonly previousTick: number | undefined;
  /** Aborted when another process may hold the lock: this one was stopped for too long, or cut off. */
  readonly lost: AbortSignal;
  /**
   * Gives the lock back. Can be repeated until it resolves.
   *
   * @param isDone whether the run has ended; else another process begins it again
   * @returns false if another process may have run the same meanwhile
   * @throws LarderRedisError
   */
  release(isDone: boolean): Promise<boolean>;
}

export type LockReply =
  | { readonly type: 'acquired'; readonly lock: JobLock }
  /** @see LockHolder */
  | ({ readonly type: 'held' } & LockHolder)
  /** The holder that was named as alive holds it still: the tick will not be run. */
  | { readonly type: 'skipped'; readonly previousTick: number | undefined }
  /** The run was carried out or skipped already. */
  | { readonly type: 'settled' };

export interface LockHolder {
  /** Tells one holder from the next. */
  readonly holder: string;
  /** Milliseconds until the lock expires unless its holder renews it, `Infinity` where a holder cannot die. */
  readonly expiresIn: number;
}

/** How a lock is asked for. */
export interface LockOptions {
  /** A holder that is known to live: a tick is not to wait for it. */
  readonly alive?: string | undefined;
  /** Whether only a run that began and has not ended is wanted. Others ask again while the lock is held, in their order. */
  readonly isRecovery: boolean;
}

/** Which run of a job may go on. Runs of ticks begin in the order of the ticks. */
export interface JobLocks {
  /**
   * @param schedule the text of the job's schedule
   * @throws LarderRedisError
   */
  acquire(job: string, schedule: string, request: RunRequest, options: LockOptions): Promise<LockReply>;
  /**
   * Runs that began and have not ended, by job: those under way, and those whose process died. Missing where a run cannot outlive
   * its process.
   */
  unfinished?(): Promise<ReadonlyMap<string, RunRequest>>;
}
