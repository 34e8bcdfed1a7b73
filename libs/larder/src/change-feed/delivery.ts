import { backOff } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import { LarderChangeFeedError } from '../base/errors.js';
import type { Tracer } from '../base/signals/tracer.js';
import type { Target } from '../keys/target.js';
import type { PagePart } from './page-parts.js';
import type { RowChanged } from './rule-mapper.js';
import type { TargetSet } from './target-set.js';
import type { WakeSignal } from './wake-signal.js';

/** What the feed invalidates: a cache. */
export interface Invalidator {
  /** Whether invalidations reach the other processes: then one process reads the log for all. */
  readonly isShared: boolean;
  invalidate(...targets: readonly Target[]): Promise<{ delivered: boolean }>;
  /** Invalidates for rows of a marked write, if the cache knows marked writes: see `Cache.invalidateMarked`. */
  invalidateMarked?(mark: string, targets: readonly Target[]): Promise<{ delivered: boolean }>;
  /** Invalidates what depends on these things that loads were observed to read. */
  invalidateDependencies?(names: readonly string[], show?: (name: string) => string): Promise<{ delivered: boolean }>;
  /** Resolves when this process serves nothing that was invalidated anywhere before the call; to `false` if that takes too long. */
  catchUp?(): Promise<boolean>;
  /** Remembers a changed row; absent or `undefined` unless the cache audits its hits. */
  readonly rowChanged?: RowChanged | undefined;
  /** Tells the audit of a cache how long ago the moment is, in milliseconds, up to which the feed has delivered every change. */
  followFeed?(sinceRead: () => number | undefined): void;
  /** Runs work and attributes its invalidations to changed rows, for events and traces. */
  attribute?<T>(origin: 'row change', work: () => T): T;
  /** Continues the traces of the transactions that changed rows. */
  readonly tracer?: Tracer | undefined;
}

/** How many targets one call invalidates; more keys than that below one key are replaced by that key. */
const BATCH_SIZE = 1000;
/** Milliseconds after which delivery fails, so that a process that may reach Redis can take over. */
const DELIVERY_TIMEOUT = 5000;

/** Invalidates targets, and retries until the invalidation has reached all processes. */
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

  /** Whether a tracer wants the traces of the rows. */
  get isTraced(): boolean {
    return this.#cache.tracer !== undefined;
  }

  /**
   * Delivers a part of a page, as part of the trace of its writer.
   *
   * @throws LarderChangeFeedError like {@link deliver}
   */
  deliverPart({ targets, mark, parent, links, rows }: PagePart): Promise<void> {
    const { tracer } = this.#cache;
    const isRecorded = parent !== undefined || links.size > 0;
    if (tracer === undefined || !isRecorded) return this.deliver(targets, mark);
    const attributes = { 'larder.changes': rows };
    const span = { name: 'deliver changes', kind: 'consumer', attributes, parent, links: [...links] } as const;
    return tracer.span(span, () => this.deliver(targets, mark));
  }

  /**
   * @param mark the mark of the write to which all rows belong
   * @throws LarderChangeFeedError if the invalidation has not reached the other processes after 5 s of retries
   */
  async deliver(targets: TargetSet, mark?: string): Promise<void> {
    const few = targets.coalesced(BATCH_SIZE);
    for (let start = 0; start < few.length; start += BATCH_SIZE)
      await this.#tell(few.slice(start, start + BATCH_SIZE), mark);
  }

  /**
   * Delivers the names of dependencies of observed loads.
   *
   * @param show a name for people
   * @throws LarderChangeFeedError like {@link deliver}
   */
  async deliverNames(names: readonly string[], show: (name: string) => string): Promise<void> {
    const invalidate = this.#cache.invalidateDependencies?.bind(this.#cache);
    if (invalidate === undefined) return;
    for (let start = 0; start < names.length; start += BATCH_SIZE) {
      const portion = names.slice(start, start + BATCH_SIZE);
      const tell = () => invalidate(portion, show);
      await this.#untilDelivered(() => this.#cache.attribute?.('row change', tell) ?? tell());
    }
  }

  #invalidate(targets: readonly Target[], mark: string | undefined): Promise<{ delivered: boolean }> {
    const invalidate = () =>
      (mark === undefined ? undefined : this.#cache.invalidateMarked?.(mark, targets)) ??
      this.#cache.invalidate(...targets);
    return this.#cache.attribute?.('row change', invalidate) ?? invalidate();
  }

  #tell(targets: readonly Target[], mark: string | undefined): Promise<void> {
    return this.#untilDelivered(() => this.#invalidate(targets, mark));
  }

  async #untilDelivered(invalidate: () => Promise<{ delivered: boolean }>): Promise<void> {
    const until = this.#clock.elapsed() + DELIVERY_TIMEOUT;
    for (let tries = 0; ; tries++) {
      const { delivered } = await invalidate();
      if (delivered) return;
      if (this.#wakeSignal.isOver || this.#clock.elapsed() > until)
        throw new LarderChangeFeedError(
          'undelivered',
          'Changes in the database could not be delivered to the other processes',
        );
      await this.#wakeSignal.sleep(backOff(tries, 20, 500, this.#random));
    }
  }
}
