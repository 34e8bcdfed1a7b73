/** How a process that counts is started. */
export interface CounterProcessOptions {
  readonly redis: string;
  readonly database: string;
  /** How often it adds one, before it does anything else. */
  readonly adds: number;
  /** Writes what there is; dies at this step of it. 0: does not write. */
  readonly diesAt: number;
  /** Writes again and again, adding before each time, and has Redis killed and started again at each step in turn. */
  readonly isTryingRedis: boolean;
}

/** What it tells. */
export type CounterNews =
  | { readonly type: 'acknowledged'; readonly count: number }
  /** It goes on when it has had an answer. */
  | { readonly type: 'restart redis' }
  /** All steps of a flush were passed. */
  | { readonly type: 'survived'; readonly steps: readonly string[] };

/** How long what a process writes outlives it. */
export const CLAIM_TTL = '1s';

export const KEYS = 500;
