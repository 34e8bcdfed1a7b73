import type { Entry } from '../entries/entry.js';
import type { Policy } from '../policy/policy.js';
import type { Flight } from './flight.js';

export interface LoadContext {
  /** Aborted when the value is no longer needed: its hard time-out has passed, or the cache closes. */
  readonly signal: AbortSignal;
}

export type Load<T = unknown> = (context: LoadContext) => T | Promise<T>;

/** `stored`: from memory or the shared tier; `coalesced`: from a running load; `loaded`: from a load of its own. */
export type ReadOutcome = 'stored' | 'coalesced' | 'loaded';

/** One read of one value: its path, its loader and its policy. The read records here how it got the value. */
export class ReadRequest {
  outcome: ReadOutcome = 'stored';
  /** The entry with the value, if the read saw one. */
  entry: Entry | undefined = undefined;
  /** The load that it waited for, if it did. */
  flight: Flight | undefined = undefined;
  /** Whether the value in memory was invalidated. */
  isRefused = false;

  constructor(
    readonly path: string,
    readonly load: Load,
    readonly policy: Policy,
    /** The path for the arguments as they are now; only for the audit, which loads again after the caller has its value. */
    readonly pathNow?: () => string,
  ) {}
}
