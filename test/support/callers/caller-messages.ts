import type { CacheOptions } from 'nest-larder';

/** How a caller is started. */
export interface CallerOptions {
  readonly redis: string;
  readonly callers: number;
  /** How long a load takes, in milliseconds. */
  readonly loadTime: number;
  /** Whether the process that is the first to load dies half-way. */
  readonly firstDies: boolean;
  /** Whether the second load waits until something is pushed to `GATE`. */
  readonly isHeld?: boolean;
  /** How the value is cached. */
  readonly cached?: CacheOptions;
}

/** To a caller: all ask for the key at this moment (`Date.now`). */
export interface Go {
  readonly at: number;
}

/** From a caller. */
export type CallerNews =
  | { readonly type: 'ready' }
  /** Each value that was answered, and how often; and the milliseconds from the moment until the last answer. */
  | { readonly type: 'answered'; readonly values: readonly (readonly [value: string, times: number])[]; took: number };

/** Counts the loads of all processes. */
export const LOADS = 'loads';

/** A list in Redis on which a load waits. */
export const GATE = 'gate';
