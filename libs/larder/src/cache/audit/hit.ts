import type { Entry } from '../entries/entry.js';
import type { AuditRule } from '../policy/audit-rule.js';
import type { ReadRequest } from '../state/read-request.js';
import type { AuditCounters } from '../stats/audit-stats.js';

/** A hit of the sample. */
export interface Hit {
  readonly request: ReadRequest;
  readonly entry: Entry;
  readonly rule: AuditRule;
  readonly counters: AuditCounters;
  /** The sequence number of the table at which the entry was valid. */
  readonly stamp: number;
  /** When it was served, on the cache's clock. */
  readonly servedAt: number;
}
