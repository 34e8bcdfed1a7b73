/** What predictive warming did in this process since its start. */
export interface PredictiveStats {
  /** Keys whose demand is known, of all processes. */
  readonly keys: number;
  /** Loads that it has begun. */
  readonly loads: number;
  /** Loaded values that a caller asked for before they expired. */
  readonly used: number;
  /** Loaded values that expired, or were invalidated or evicted, before a caller asked for them. */
  readonly unused: number;
  /** Loads that failed. */
  readonly failed: number;
  /** How often it has paused, because fewer than half of the loaded values were used. */
  readonly pauses: number;
  /** Milliseconds until it loads again; 0 while it does not pause. */
  readonly pausedFor: number;
}
