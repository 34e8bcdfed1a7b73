import type { MemoryBounds } from '../cache/entries/loss-store.js';
import type { MemoryStore } from '../cache/entries/memory-store.js';
import type { WholeTables } from '../cache/observed/whole-tables.js';
import type { Advice } from '../cache/stats/advice.js';
import type { AuditStats } from '../cache/stats/audit-stats.js';
import type { ExactCounts } from './exact-counts.js';
import type { MethodFigures } from './simulation/method-figures.js';
import type { MiniCache } from './simulation/mini-cache.js';

/** All that advice is made from. */
export interface Findings {
  /** Milliseconds since the adviser began. */
  readonly span: number;
  readonly sample: Advice['sample'];
  readonly bounds: MemoryBounds;
  readonly store: Pick<MemoryStore, 'size' | 'bytes'>;
  readonly figures: readonly MethodFigures[];
  readonly exact: ExactCounts;
  readonly caches: readonly MiniCache[];
  readonly audit: AuditStats | undefined;
  readonly wholeTables: WholeTables;
  readonly isShared: boolean;
}
