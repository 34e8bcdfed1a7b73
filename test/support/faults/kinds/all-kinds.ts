import type { FaultKind } from './kind.js';
import { POSTGRES_KINDS } from './postgres-kinds.js';
import { PROCESS_KINDS } from './process-kinds.js';
import { LINE_KINDS, REDIS_KINDS } from './redis-kinds.js';

/** In the order of the run: a kind that loses views must not precede one that counts them. */
export const ALL_KINDS: readonly FaultKind[] = [
  ...[...LINE_KINDS, ...REDIS_KINDS].toSorted(
    (one, other) => Number(one.losesViews ?? false) - Number(other.losesViews ?? false),
  ),
  ...POSTGRES_KINDS,
  ...PROCESS_KINDS,
];
