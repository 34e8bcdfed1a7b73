import type { Entry } from '../entries/entry.js';
import type { Refresher } from '../reads/refresher.js';
import type { CacheContext } from '../state/context.js';
import type { PredictiveStats } from '../stats/predictive-stats.js';
import type { Arguments, CachedMethods, Callable } from './cached-methods.js';

/** Learns which calls callers make, and when, to load their values in time. Only with the option `predictiveWarming`. */
export interface DemandWatch {
  /** A caller missed the value of a call that the cache can repeat: its value belongs to no single caller. */
  missed(path: string, callable: Callable, given: Arguments): void;
  /** An entry left the memory. */
  left(entry: Entry): void;
  /** Begins to learn and to load, without waiting for it. Called outside of any request. */
  start(): void;
  stats(): PredictiveStats;
  /** Stops loading, and keeps what was learned where another process finds it. Never rejects. */
  close(): Promise<void>;
}

/** What the watch needs of its cache. */
export interface DemandParts {
  readonly context: CacheContext;
  readonly methods: CachedMethods;
  readonly refresher: Refresher;
  /** Globs of paths whose entries are critical, whichever method loads them. */
  readonly criticalKeys: readonly string[];
}
