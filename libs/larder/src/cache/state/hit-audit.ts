import type { Target } from '../../keys/target.js';
import type { Entry } from '../entries/entry.js';
import type { Tracker } from '../observed/tracker.js';
import type { AuditStats } from '../stats/audit-stats.js';
import type { ReadRequest } from './read-request.js';

/** Compares hits with fresh loads. Only with the option `audit`. */
export interface HitAudit {
  /** Whether the next hit must come with its loader: it is in the sample, or a load of the audit makes it. */
  isDue(entry: Entry): boolean;
  /** Counts a hit, and compares it in the background if it is in the sample. */
  served(request: ReadRequest, entry: Entry): void;
  /** The fresh value for a read that a load of the audit makes; `undefined` for any other read. */
  fresh(request: ReadRequest): Promise<unknown> | undefined;
  /** Whether a load of the audit makes this read. */
  readonly isInside: boolean;
  /** Remembers a write and what it invalidates. */
  wrote(name: string | undefined, targets: readonly Target[]): void;
  /** Remembers a changed row of a watched table. */
  rowChanged(table: string, row: ChangedValues): void;
  /** @param sinceRead milliseconds since the moment up to which a change feed has delivered every change */
  followFeed(sinceRead: () => number | undefined): void;
  /** @param tracker tells what the loads of the audit read */
  followQueries(tracker: Tracker): void;
  stats(): AuditStats;
  /** Resolves when every running comparison has ended. */
  settle(): Promise<void>;
  /** Waits for them where the cache must not close before. */
  beforeClose(): Promise<void>;
  close(): void;
  readonly isClosed: boolean;
}

/** The logged values of a changed row. */
export interface ChangedValues {
  readonly before: Readonly<Record<string, unknown>> | undefined;
  readonly after: Readonly<Record<string, unknown>> | undefined;
}
