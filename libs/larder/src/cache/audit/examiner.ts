import { LarderTimeoutError } from '../../base/errors.js';
import { withinLimit } from '../../base/timeout.js';
import type { Entry } from '../entries/entry.js';
import type { ObservedRead, Tracker } from '../observed/tracker.js';
import { isOutage } from '../policy/failure-status.js';
import { LoadSignal } from '../reads/load-signal.js';
import type { CacheContext } from '../state/context.js';
import type { AuditCounters } from '../stats/audit-stats.js';
import type { AuditOptions } from './audit-options.js';
import { type Difference, differencesOf, FailedLoad } from './differences.js';
import type { FreshLoads } from './fresh-loads.js';
import type { Hit } from './hit.js';
import { LoadBudget } from './load-budget.js';
import type { Reporter } from './reporter.js';
import { verdictOf } from './verdict.js';

/** The result of one comparison. `overtaken`: an invalidation has reached the entry. `failed`: there is nothing to compare with. */
type Look = 'equal' | 'overtaken' | 'failed' | readonly Difference[];

/** How long a load of the audit may take, in milliseconds. */
const LOAD_TIMEOUT = 30_000;
/** How long to wait for a late change feed, as a multiple of the time that the comparisons take. */
const FEED_PATIENCE = 5;
/** Milliseconds. */
const FEED_INTERVAL = 50;

/** Compares the values of hits with fresh loads. */
export class Examiner {
  /** Milliseconds since the moment up to which a change feed has delivered every change. */
  sinceRead: (() => number | undefined) | undefined;
  /** Tells what a load reads, where that can be observed. */
  explain: Tracker['explain'];
  readonly #context: CacheContext;
  readonly #options: AuditOptions;
  readonly #loads: FreshLoads;
  readonly #reporter: Reporter;
  readonly #budget: LoadBudget;
  /** For each entry that is being compared, the hits that came since its load began. */
  readonly #waiting = new Map<Entry, number>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #pauses = new Set<() => void>();
  /** Until when an entry was equal to its source. */
  readonly #equalAt = new WeakMap<Entry, number>();
  /** What the last load read that was explained. */
  readonly #reads = new WeakMap<Entry, readonly ObservedRead[]>();

  constructor(context: CacheContext, options: AuditOptions, loads: FreshLoads, reporter: Reporter) {
    this.#context = context;
    this.#options = options;
    this.#loads = loads;
    this.#reporter = reporter;
    this.#budget = new LoadBudget(options);
  }

  /** Whether the budget has a place for a load. */
  get hasRoom(): boolean {
    return this.#budget.hasRoom;
  }

  /** Compares a hit in the background. Hits of an entry that is being compared share its next comparison. */
  examine(hit: Hit): void {
    const { entry, counters } = hit;
    const waiting = this.#waiting.get(entry);
    if (waiting !== undefined) {
      this.#waiting.set(entry, waiting + 1);
      return;
    }
    if (!this.#budget.take()) {
      counters.skipped++;
      return;
    }
    this.#waiting.set(entry, 0);
    const work = this.#examineAll(hit).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Ends the pauses between comparisons. Call it when the cache has closed. */
  close(): void {
    for (const end of this.#pauses) end();
  }

  async settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #examineAll(hit: Hit): Promise<void> {
    for (let reads = 1; reads > 0; reads = this.#takeWaiting(hit)) {
      try {
        await this.#examineOne(hit, reads);
      } catch {
        // A method of the value, such as `store` of its class, has thrown.
        hit.counters.undecided += reads;
      }
    }
    this.#waiting.delete(hit.entry);
  }

  /** The hits to compare next, with a place for their load. */
  #takeWaiting({ entry, counters }: Hit): number {
    const waiting = this.#waiting.get(entry) ?? 0;
    this.#waiting.set(entry, 0);
    if (waiting === 0 || this.#budget.take()) return waiting;
    counters.skipped += waiting;
    return 0;
  }

  async #examineOne(hit: Hit, reads: number): Promise<void> {
    const { entry, counters } = hit;
    const began = this.#context.clock.elapsed();
    const first = await this.#look(hit);
    if (first === 'equal') this.#equalAt.set(entry, began);
    if (typeof first === 'string') {
      this.#count(counters, first, reads);
      return;
    }
    const differentAt = this.#context.clock.elapsed();
    const known = this.#reporter.causeOf(entry);
    if (known !== undefined) {
      counters.foundStale(hit.servedAt - entry.loadedAt, known, reads);
      return;
    }
    const looks = [first];
    const failed = await this.#lookAgain(hit, looks);
    const all = reads + (this.#waiting.get(entry) ?? 0);
    this.#waiting.set(entry, 0);
    if (failed !== undefined) {
      this.#count(counters, failed, all);
      return;
    }
    const { stale, unstable } = verdictOf(looks, this.#context.classes);
    if (unstable.length > 0) this.#reporter.reportUnstable(hit.request, unstable);
    if (stale.length === 0) counters.undecided += all;
    else {
      const since = Math.max(entry.loadedAt, this.#equalAt.get(entry) ?? entry.loadedAt);
      const observed = this.#reads.get(entry) ?? [];
      this.#reporter.reportStale({ hit, differences: stale, since, differentAt, observed, reads: all });
    }
  }

  /** Compares again and again; returns the result that ends the doubt, if there is one. */
  async #lookAgain(
    hit: Hit,
    looks: (readonly Difference[])[],
  ): Promise<Exclude<Look, readonly Difference[]> | undefined> {
    const { closing } = this.#context;
    const { clock, looks: moments } = this.#options;
    const began = clock.elapsed();
    for (const moment of moments) {
      await this.#pause(moment - (clock.elapsed() - began));
      const doubt = await this.#doubtOf(hit);
      if (doubt !== undefined) return doubt;
      if (!(await this.#budget.wait(() => closing.aborted))) return 'failed';
      const look = await this.#look(hit, this.explain);
      if (typeof look === 'string') return look;
      looks.push(look);
    }
    await this.#untilFeedHasRead();
    return this.#doubtOf(hit, true);
  }

  /** The invalidation of a changed row comes with the change feed, which may be late. Does not wait for a feed that cannot tell. */
  async #untilFeedHasRead(): Promise<void> {
    const { clock, closing } = this.#context;
    const { clock: own, looks } = this.#options;
    const now = clock.elapsed();
    const until = own.elapsed() + FEED_PATIENCE * (looks.at(-1) ?? 0);
    while (own.elapsed() < until && !closing.aborted) {
      const sinceRead = this.sinceRead?.();
      if (sinceRead === undefined || clock.elapsed() - sinceRead >= now) return;
      await this.#pause(FEED_INTERVAL);
    }
  }

  /** Loads once and compares. Needs a place of the budget, and gives it back. */
  async #look(hit: Hit, explain?: Tracker['explain']): Promise<Look> {
    const { entry, request } = hit;
    let loaded: unknown;
    try {
      // The caller may have changed its arguments since.
      if (request.pathNow !== undefined && request.pathNow() !== request.path) return 'failed';
      loaded = await this.#load(hit, explain);
    } catch (error) {
      if (isOutage(error)) return 'failed';
      loaded = new FailedLoad(error);
    } finally {
      this.#budget.release();
    }
    const { ignore, unordered } = hit.rule;
    const allowed = { ignore: [...ignore, ...this.#reporter.ignoredOf(request)], unordered };
    const differences = differencesOf(entry.value, loaded, allowed, this.#context.classes);
    if (differences.length === 0) return 'equal';
    return (await this.#doubtOf(hit)) ?? differences;
  }

  async #load({ entry, request }: Hit, explain: Tracker['explain']): Promise<unknown> {
    const { closing } = this.#context;
    const signal = new LoadSignal(closing);
    const limit = Math.min(LOAD_TIMEOUT, request.policy.hardTimeout);
    const expired = () => {
      const error = new LarderTimeoutError(request.policy.method ?? request.path, limit);
      signal.abort(error);
      throw error;
    };
    try {
      const run = () => this.#loads.run(request, signal);
      const loading = this.#context.chain.detach(async () => {
        if (explain === undefined) return run();
        const { value, reads } = await explain(run);
        this.#reads.set(entry, reads);
        return value;
      });
      return await withinLimit(this.#options.clock, limit, loading, expired);
    } finally {
      signal.end();
    }
  }

  /**
   * Why the entry proves nothing: an invalidation has reached it, or the journal cannot tell. `undefined` if it is valid.
   *
   * @param isFinal whether to ask the journal in any case, so that no invalidation is under way
   */
  async #doubtOf({ entry, stamp }: Hit, isFinal = false): Promise<'overtaken' | 'failed' | undefined> {
    const { journal, slots, sync, table } = this.#context;
    const own = slots.ofStored(entry);
    if (!table.unchangedSince(stamp, own)) return 'overtaken';
    if (!sync.isLocal && (isFinal || !sync.isCurrent()) && !(await journal.confirm([...own]))) return 'failed';
    return table.unchangedSince(stamp, own) ? undefined : 'overtaken';
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#pauses.delete(end);
        cancel();
        resolve();
      };
      const cancel = this.#options.clock.after(Math.max(0, delay), end);
      this.#pauses.add(end);
    });
  }

  #count(counters: AuditCounters, look: Exclude<Look, readonly Difference[]>, reads: number): void {
    if (look === 'failed') {
      counters.undecided += reads;
      return;
    }
    counters.reads += reads;
    if (look === 'overtaken') counters.concurrent += reads;
  }
}
