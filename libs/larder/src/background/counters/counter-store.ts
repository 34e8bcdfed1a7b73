/** Increments that are written to the database together, and never apart. */
export interface CounterBatch {
  /** The same whenever the same increments are written again. */
  readonly id: string;
  readonly counts: Map<string, number>;
}

/** What a flush has written. */
export interface FlushReport {
  /** Calls of `write` that resolved. */
  readonly batches: number;
  /** Keys in them. */
  readonly keys: number;
  /** The sum of all counts. */
  readonly total: number;
}

/** Where increments wait until they are written. */
export interface CounterStore {
  /** Resolves when it is as safe as the store makes it. Rejects only if it never will be. */
  add(key: string, count: number): Promise<void>;
  /** What was added and is not known to be written. */
  pending(key: string): Promise<number>;
  /**
   * Gives each batch to `write` that is to be written: those left over by the dead, and what has been added since, unless
   * that was done by anybody less than `interval` milliseconds ago. A batch that was written is forgotten.
   *
   * @throws what `write` throws, after all were tried; their batches wait until the next time
   */
  flush(interval: number, write: (batch: CounterBatch) => Promise<void>): Promise<void>;
  /** Brings what is still in this process to where it is safe. @param timeout milliseconds */
  close(timeout: number): Promise<void>;
  /** What is lost when this process ends now, by key. */
  left(): ReadonlyMap<string, number>;
}

/** Done already. */
export const DONE = Promise.resolve();
