import type { Clock } from '../../base/clock.js';
import type { PathEncoder } from '../../keys/key.js';
import type { KnownClasses } from '../entries/classes.js';
import type { MemoryStore } from '../entries/memory-store.js';
import type { PolicyDefaults } from '../policy/policy.js';
import type { Leases } from '../shared-tier/leases.js';
import type { SharedTier } from '../shared-tier/shared-tier.js';
import type { Statistics } from '../stats/statistics.js';
import type { Journal } from '../versions/journal.js';
import type { Slots } from '../versions/slots.js';
import type { SyncState } from '../versions/sync-state.js';
import type { VersionTable } from '../versions/version-table.js';
import type { Closing } from './closing.js';
import type { Diagnostics } from './diagnostics.js';
import type { EventListener } from './events.js';
import type { Flights } from './flight.js';
import type { LoadChain } from './load-chain.js';

/** What reading, writing and invalidating share: the state of one cache. */
export interface CacheContext {
  readonly clock: Clock;
  /** A number from 0 up to 1, as `Math.random` makes it. */
  readonly random: () => number;
  readonly store: MemoryStore;
  readonly paths: PathEncoder;
  readonly table: VersionTable;
  readonly slots: Slots;
  readonly journal: Journal;
  readonly flights: Flights;
  /** Which loads are made by which. */
  readonly chain: LoadChain;
  /** The entries that all nodes share, if there are several nodes. */
  readonly shared: SharedTier | undefined;
  readonly leases: Leases | undefined;
  readonly statistics: Statistics;
  readonly report: EventListener;
  /** Only if invalidations shall say where they come from. */
  readonly diagnostics: Diagnostics | undefined;
  /** Whose instances may be kept. */
  readonly classes: KnownClasses;
  readonly defaults: PolicyDefaults;
  /** How far {@link table} can be relied upon. */
  readonly sync: SyncState;
  /** Whether the cache has closed. */
  readonly closing: Closing;
}
