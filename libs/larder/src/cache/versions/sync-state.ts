import type { Clock } from '../../base/clock.js';
import type { Journal } from './journal.js';

/** Tells whether the version table is recent enough to be used. */
export class SyncState {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #maxStaleness: number;

  /** @param maxStaleness for how many milliseconds the table is used without news from the journal */
  constructor(journal: Journal, clock: Clock, maxStaleness: number) {
    this.#journal = journal;
    this.#clock = clock;
    this.#maxStaleness = maxStaleness;
  }

  /** Whether the journal belongs to this process alone, so that the table is always current. */
  get isLocal(): boolean {
    return this.#journal.syncedAt === Number.POSITIVE_INFINITY;
  }

  /** Whether the table holds every invalidation acknowledged anywhere more than `maxStaleness` ago. */
  isCurrent(now?: number): boolean {
    const { syncedAt } = this.#journal;
    return syncedAt === Number.POSITIVE_INFINITY || this.isRecent(syncedAt, now ?? this.#clock.elapsed());
  }

  /** Whether less than `maxStaleness` has passed since a time. */
  isRecent(moment: number, now: number): boolean {
    return now - moment < this.#maxStaleness;
  }
}
