export interface WarmFailure {
  /** The parameters of the call that failed. */
  readonly arguments: readonly unknown[];
  readonly error: unknown;
}

/** What became of the entries that were to be warmed. */
export interface WarmReport {
  readonly total: number;
  /** Loaded from their source. */
  readonly loaded: number;
  /** There already, in memory or in Redis, or being loaded by somebody else. */
  readonly fresh: number;
  /** Calls that do not use the cache (`when`), and those that were not begun because of the signal, or of `continueOnError: false`. */
  readonly skipped: number;
  /** One for each that failed. */
  readonly failed: readonly WarmFailure[];
  /** Milliseconds. */
  readonly took: number;
}
