export interface WarmFailure {
  /** The parameters of the call that failed. */
  readonly arguments: readonly unknown[];
  readonly error: unknown;
}

/** The result of warming. */
export interface WarmReport {
  readonly total: number;
  /** Loaded from their source. */
  readonly loaded: number;
  /** Already present in memory or Redis, or being loaded by another caller. */
  readonly fresh: number;
  /**
   * Calls that do not use the cache (`when`), and calls not begun after an abort or, with `continueOnError: false`, a
   * failure.
   */
  readonly skipped: number;
  /** One item per failed call. */
  readonly failed: readonly WarmFailure[];
  /** Milliseconds. */
  readonly took: number;
}
