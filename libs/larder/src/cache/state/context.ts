import type { Clock } from '../../base/clock.js';
import type { Tracing } from '../../base/signals/tracer.js';
import type { KnownClasses } from '../entries/classes.js';
import type { MemoryStore } from '../entries/memory-store.js';
import type { PolicyDefaults } from '../policy/policy.js';
import type { RetryPauses } from '../policy/retry-pauses.js';
import type { Leases } from '../shared-tier/leases.js';
import type { SharedTier } from '../shared-tier/shared-tier.js';
import type { AccessWatch } from '../stats/access-watch.js';
import type { Statistics } from '../stats/statistics.js';
import type { Journal } from '../versions/journal.js';
import type { Slots } from '../versions/slots.js';
import type { SyncState } from '../versions/sync-state.js';
import type { VersionTable } from '../versions/version-table.js';
import type { Closing } from './closing.js';
import type { Diagnostics } from './diagnostics.js';
import type { EventListener } from './events.js';
import type { Flights } from './flight.js';
import type { HitAudit } from './hit-audit.js';
import type { LoadChain } from './load-chain.js';

/** The state of one cache, which reads, writes and invalidations share. */
export interface CacheContext {
  readonly clock: Clock;
  /** A number from 0 to below 1, as from `Math.random`. */
  readonly random: () => number;
  readonly store: MemoryStore;
  readonly table: VersionTable;
  readonly slots: Slots;
  readonly journal: Journal;
  readonly flights: Flights;
  /** Which load started which. */
  readonly chain: LoadChain;
  /** The entries that all nodes share; `undefined` without a shared tier. */
  readonly shared: SharedTier | undefined;
  readonly leases: Leases | undefined;
  readonly statistics: Statistics;
  /** Only with the option `adviser`. */
  readonly watch: AccessWatch | undefined;
  readonly report: EventListener;
  /** Only with the option `diagnostics`. */
  readonly diagnostics: Diagnostics | undefined;
  readonly tracing: Tracing;
  /** The classes whose instances may be cached. */
  readonly classes: KnownClasses;
  readonly defaults: PolicyDefaults;
  /** How recent {@link table} is. */
  readonly sync: SyncState;
  readonly closing: Closing;
  readonly pauses: RetryPauses;
  /** Only with the option `audit`. Set once, after the context was made: the audit needs the context. */
  audit: HitAudit | undefined;
}
