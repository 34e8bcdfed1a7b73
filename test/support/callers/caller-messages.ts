import type { CacheOptions } from 'nest-larder';

/** The options of a caller. */
export interface CallerOptions {
  readonly redis: string;
  readonly callers: number;
  /** How long a load takes, in milliseconds. */
  readonly loadTime: number;
  /** Whether the first process that loads dies during the load. */
  readonly firstDies: boolean;
  /** Whether the second load waits until something is pushed to `GATE`. */
  readonly isHeld?: boolean;
  /** How many keys the callers request: the first in one batch, each of the others one of them. Without it all request one key. */
  readonly batch?: number;
  /** The options of the cached read. */
  readonly cached?: CacheOptions;
}

/** To a caller: all request the key at this time (`Date.now`). */
export interface Go {
  readonly at: number;
}

/** From a caller. */
export type CallerNews =
  | { readonly type: 'ready' }
  /** Each returned value with its count, and the milliseconds from that time until the last result. */
  | { readonly type: 'answered'; readonly values: readonly (readonly [value: string, times: number])[]; took: number };

/** The key in Redis that counts the loads of all processes. */
export const LOADS = 'loads';

/** A list in Redis on which a load waits. */
export const GATE = 'gate';
