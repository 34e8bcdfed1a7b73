/** The options of a process that counts. */
export interface CounterProcessOptions {
  readonly redis: string;
  readonly database: string;
  /** Increments that it makes at first, by one each. */
  readonly adds: number;
  /** Flushes, and dies at this step of the flush. 0: does not flush. */
  readonly diesAt: number;
  /** Flushes repeatedly, with increments before each flush, and orders a restart of Redis at each step in turn. */
  readonly isTryingRedis: boolean;
}

/** Messages of the process. */
export type CounterNews =
  | { readonly type: 'acknowledged'; readonly count: number }
  /** The process continues when it receives a reply. */
  | { readonly type: 'restart redis' }
  /** The process passed all steps of a flush. */
  | { readonly type: 'survived'; readonly steps: readonly string[] };

/** How long a claim outlives its process. */
export const CLAIM_TTL = '1s';

export const KEYS = 500;
