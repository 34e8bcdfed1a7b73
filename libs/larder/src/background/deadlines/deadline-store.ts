/** An id and when it is due, in milliseconds since the epoch. */
export interface Due {
  readonly id: string;
  readonly at: number;
}

/** The result of a change: done, or too late because the id is being expired, or nothing because it is not tracked. */
export type DeadlineUpdate = 'done' | 'expiring' | 'untracked';

/** Stores when ids are due. Each operation is atomic. */
export interface DeadlineStore {
  /** Tracks an id, or changes when it is due, unless it is being expired. */
  track(id: string, at: number): Promise<DeadlineUpdate>;
  /** Changes when a tracked id is due. */
  extend(id: string, at: number): Promise<DeadlineUpdate>;
  cancel(id: string): Promise<DeadlineUpdate>;
  /** The first `limit` ids due by a time, soonest first, without those being expired. */
  dueBy(at: number, limit: number): Promise<readonly Due[]>;
  /** The number of tracked ids, those being expired included. */
  size(): Promise<number>;
  /** All tracked ids, in batches; may or may not contain concurrent changes. */
  all(): AsyncIterable<readonly Due[]>;
  /** Removes an id if it is still due at that time. @returns whether it did */
  remove(due: Due): Promise<boolean>;
  /**
   * Passes due ids to `expire`, in batches of up to 1,000, each to one process at a time; also those that dead processes
   * left. Expired ids are removed.
   *
   * @returns how many
   * @throws the first error of `expire`, after all were tried; failed ids are retried at the next call
   */
  expire(expire: (ids: string[]) => Promise<void>): Promise<number>;
  /**
   * Whether this process must track everything again: it was never done, or Redis lost data or has older data. Other
   * processes leave it to this one for a minute.
   */
  isToBeRestored(): Promise<boolean>;
  /** Ends a restore; if it failed, the next process that asks must do it. */
  restored(isDone: boolean): Promise<void>;
}
