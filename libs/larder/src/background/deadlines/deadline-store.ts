/** An id and the moment it is due, in milliseconds since the epoch. */
export interface Due {
  readonly id: string;
  readonly at: number;
}

/** What became of a change: done, or too late since the id is being expired, or nothing as it is not tracked. */
export type DeadlineUpdate = 'done' | 'expiring' | 'untracked';

/** Where it is kept when ids are due. Each step is one that no other can come between. */
export interface DeadlineStore {
  /** Tracks an id, or changes when it is due. Not while it is being expired. */
  track(id: string, at: number): Promise<DeadlineUpdate>;
  /** Changes when a tracked id is due. */
  extend(id: string, at: number): Promise<DeadlineUpdate>;
  cancel(id: string): Promise<DeadlineUpdate>;
  /** The first `limit` that are due by a moment, the soonest first. Without those that are being expired. */
  dueBy(at: number, limit: number): Promise<readonly Due[]>;
  /** How many are tracked, those that are being expired included. */
  size(): Promise<number>;
  /** All that are tracked, in batches; what changes meanwhile may be among them or not. */
  all(): AsyncIterable<readonly Due[]>;
  /** Takes an id away if it is still due at that moment. @returns whether it did */
  remove(due: Due): Promise<boolean>;
  /**
   * Gives all that are due to `expire`, in batches of up to 1,000, each to one caller of all at a time; also those left over
   * by the dead. What it has expired is forgotten.
   *
   * @returns how many
   * @throws what `expire` throws, after all were tried; the others wait until the next time
   */
  expire(expire: (ids: string[]) => Promise<void>): Promise<number>;
  /**
   * Whether everything is to be tracked again, by this process: it was never done, or what is kept was lost, or is older than it
   * was. Other processes leave it to this one for a minute.
   */
  isToBeRestored(): Promise<boolean>;
  /** Everything was tracked again; or it failed, and the next who asks is to do it. */
  restored(isDone: boolean): Promise<void>;
}
