import type { Entry } from '../entries/entry.js';
import type { Policy } from '../policy/policy.js';

export interface LoadContext {
  /** Aborted when the value is no longer wanted: its hard time-out has passed, or the cache closes. */
  readonly signal: AbortSignal;
}

export type Load<T = unknown> = (context: LoadContext) => T | Promise<T>;

/** `stored`: from memory or the shared tier; `coalesced`: from a load under way; `loaded`: from a load of its own. */
export type ReadOutcome = 'stored' | 'coalesced' | 'loaded';

/** One read of one value: where the value belongs, how it is loaded and how it is kept. The read notes here how it got it. */
export class ReadRequest {
  outcome: ReadOutcome = 'stored';
  /** What holds the value, where the read saw it itself. */
  entry: Entry | undefined = undefined;

  constructor(
    readonly path: string,
    readonly load: Load,
    readonly policy: Policy,
  ) {}
}
