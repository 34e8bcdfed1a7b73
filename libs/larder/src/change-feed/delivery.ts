import { backOff } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import { LarderChangeFeedError } from '../base/errors.js';
import type { Target } from '../keys/target.js';
import type { TargetSet } from './target-set.js';
import type { WakeSignal } from './wake-signal.js';

/** What is told of changes: a cache. */
export interface Invalidator {
  /** Whether what is invalidated here is told to other processes, so that one of them may read for all. */
  readonly isShared: boolean;
  invalidate(...targets: readonly Target[]): Promise<{ delivered: boolean }>;
  /** Invalidates for rows of a marked write, if it knows such writes: see `Cache.invalidateMarked`. */
  invalidateMarked?(mark: string, targets: readonly Target[]): Promise<{ delivered: boolean }>;
  /** Runs some work whose invalidations come from changed rows, where that is of interest. */
  attribute?<T>(origin: 'row change', work: () => T): T;
}

/** Targets that are invalidated in one step; more keys than that below one key are invalidated as that key. */
const BATCH_SIZE = 1000;
/** Until then another process, which may reach what this one cannot, shall take over. */
const DELIVERY_TIMEOUT = 5000;

/** Invalidates, and does not take it for done before all processes are told. */
export class Delivery {
  readonly #cache: Invalidator;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #wakeSignal: WakeSignal;

  constructor(cache: Invalidator, clock: Clock, random: () => number, wakeSignal: WakeSignal) {
    this.#cache = cache;
    this.#clock = clock;
    this.#random = random;
    this.#wakeSignal = wakeSignal;
  }

  /**
   * @param mark of the write that all their rows belong to
   * @throws LarderChangeFeedError if they could not be told for a while
   */
  async deliver(targets: TargetSet, mark?: string): Promise<void> {
    const few = targets.coalesced(BATCH_SIZE);
    for (let start = 0; start < few.length; start += BATCH_SIZE)
      await this.#tell(few.slice(start, start + BATCH_SIZE), mark);
  }

  #invalidate(targets: readonly Target[], mark: string | undefined): Promise<{ delivered: boolean }> {
    const invalidate = () =>
      (mark === undefined ? undefined : this.#cache.invalidateMarked?.(mark, targets)) ??
      this.#cache.invalidate(...targets);
    return this.#cache.attribute?.('row change', invalidate) ?? invalidate();
  }

  async #tell(targets: readonly Target[], mark: string | undefined): Promise<void> {
    const until = this.#clock.elapsed() + DELIVERY_TIMEOUT;
    for (let tries = 0; ; tries++) {
      const { delivered } = await this.#invalidate(targets, mark);
      if (delivered) return;
      if (this.#wakeSignal.isOver || this.#clock.elapsed() > until)
        throw new LarderChangeFeedError('undelivered', 'Other processes could not be told of changes in the database');
      await this.#wakeSignal.sleep(backOff(tries, 20, 500, this.#random));
    }
  }
}
