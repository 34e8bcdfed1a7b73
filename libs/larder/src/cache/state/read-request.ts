import type { Policy } from '../policy/policy.js';

export interface LoadContext {
  /** Aborted when the value is no longer wanted: its hard time-out has passed, or the cache closes. */
  readonly signal: AbortSignal;
}

export type Load<T = unknown> = (context: LoadContext) => T | Promise<T>;

/** A value that can be fetched: where it belongs, how it is loaded and how it is kept. */
export interface Call {
  readonly path: string;
  readonly load: Load;
  readonly policy: Policy;
}
