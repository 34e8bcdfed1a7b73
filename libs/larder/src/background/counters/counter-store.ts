/** Increments that are written to the database together. */
export interface CounterBatch {
  /** Stays the same if the batch is written again. */
  readonly id: string;
  readonly counts: Map<string, number>;
}

/** The result of a flush. */
export interface FlushReport {
  /** Calls of `write` that resolved. */
  readonly batches: number;
  /** Keys in these batches. */
  readonly keys: number;
  /** The sum of all counts. */
  readonly total: number;
}

/** Stores increments until they are written. */
export interface CounterStore {
  /** Resolves when the increment is as safe as the store can make it. Rejects only if it never will be. */
  add(key: string, count: number): Promise<void>;
  /** The increments of a key that are not known to be written. */
  pending(key: string): Promise<number>;
  /**
   * Passes batches to `write`: those that dead processes left, and the increments since the last batch, unless that was made
   * less than `interval` milliseconds ago by any process. A written batch is deleted.
   *
   * @throws the first error of `write`, after all batches were tried; failed batches are retried at the next flush
   */
  flush(interval: number, write: (batch: CounterBatch) => Promise<void>): Promise<void>;
  /** Saves the increments that are still in this process. @param timeout milliseconds */
  close(timeout: number): Promise<void>;
  /** How many keys have increments that are only in this process. */
  readonly waiting: number;
  /** The increments that are lost if this process ends now, by key. */
  left(): ReadonlyMap<string, number>;
}

export const DONE = Promise.resolve();
