import type { Clock } from '../../base/clock.js';
import type { Entry } from '../entries/entry.js';
import type { MemoryStore } from '../entries/memory-store.js';
import type { Slots } from '../versions/slots.js';
import type { VersionTable } from '../versions/version-table.js';
import type { Advice } from './advice.js';
import type { AuditStats } from './audit-stats.js';
import type { Statistics } from './statistics.js';

/** The options of a value that decide when it is loaded again before it has expired. */
export interface RenewalRule {
  /** Milliseconds. */
  readonly staleWhileRevalidate: number;
  /** The fraction of its lifetime after which a hit starts a refresh; 1 for never. */
  readonly refreshAhead: number;
}

/** Watches the reads of a sample of the keys. Only with the option `adviser`. */
export interface AccessWatch {
  /**
   * Marks the entry, if its key is in the sample, so that {@link served} is called for it.
   *
   * @param storedAt from when on its TTL counts, on the clock's `elapsed`
   */
  stored(entry: Entry, rule: RenewalRule, storedAt: number): void;
  /** A read was served a marked entry. */
  served(entry: Entry, now: number): void;
  /** A read found nothing in memory that may be served. */
  missed(id: string, method: string | undefined, now: number): void;
  advice(): Advice;
}

/** What a watch needs of its cache. */
export interface Watched {
  readonly clock: Clock;
  readonly table: VersionTable;
  readonly slots: Slots;
  readonly statistics: Statistics;
  readonly store: Pick<MemoryStore, 'size' | 'bytes'>;
  /** Whether a value that memory lacks may be in a tier that nodes share. */
  readonly isShared: boolean;
  /** The results of the audit, if it is on. */
  readonly audit: () => AuditStats | undefined;
}
