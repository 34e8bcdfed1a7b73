import type { Entry } from '../entries/entry.js';
import { WholeTables } from '../observed/whole-tables.js';
import type { AuditStats } from './audit-stats.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { MemoryUsage, Survey } from './memory-usage.js';
import type { PredictiveStats } from './predictive-stats.js';
import { SpaceSaving } from './space-saving.js';

/** Counts of the calls of one method, or of the direct calls of a cache. */
export interface CallStats {
  readonly hits: number;
  /** Calls served a value past its TTL while a refresh ran (stale-while-revalidate). */
  readonly stale: number;
  readonly misses: number;
  /** Misses served a value past its TTL, because the load failed or took too long (stale-if-error). */
  readonly fallbacks: number;
  /** Misses that waited for a load that another call had begun (single-flight). */
  readonly coalesced: number;
  /** Misses that loaded because the value in memory was invalidated. */
  readonly refused: number;
  /** Misses served a value from the shared tier that was within its TTL. */
  readonly sharedHits: number;
  /** The part of `stale` that came from the shared tier; these calls are also misses. */
  readonly sharedStale: number;
  /** Calls that ran uncached: no stored value, no miss. */
  readonly bypassed: number;
  readonly loads: number;
  /** Loads that failed. */
  readonly errors: number;
  /** Loads that exceeded their hard time-out. */
  readonly timeouts: number;
  /** Milliseconds spent in successful loads. */
  readonly loadTime: number;
  /** Percentiles of successful load times in milliseconds, to 5 %; `null` before the first load. */
  readonly loadTimes: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  /** Calls served a stored value, stale ones included, of all calls: 0 to 1; `null` before the first call. */
  readonly hitRate: number | null;
}

/** The calls of a method and its entries in memory. */
export interface MethodStats extends CallStats, MemoryUsage {}

/** The hits and loads of values with a tag, and their entries in memory. */
export interface TagStats
  extends MemoryUsage,
    Pick<CallStats, 'hits' | 'loads' | 'errors' | 'loadTime' | 'loadTimes'> {}

/** Use of the shared tier. */
export interface SharedStats {
  /** Entries found there and served. */
  readonly hits: number;
  /** Entries that were missing, or could not be served. */
  readonly misses: number;
  /** Misses because the stored bytes could not be read: garbage, cut off, or written by another release. */
  readonly discarded: number;
  /** Entries written. */
  readonly stores: number;
  /** Calls that failed or timed out. */
  readonly failures: number;
}

/** The statistics of a cache since it was made. */
export interface CacheStats extends CallStats, MemoryUsage {
  /** Entries in memory and their estimated bytes. */
  readonly entries: number;
  readonly evictions: number;
  /** Entries removed after they had expired. */
  readonly expirations: number;
  /** Entries removed because something they depend on was invalidated. */
  readonly dropped: number;
  /** Loaded values that were not stored, because something they depend on was invalidated during the load. */
  readonly invalidatedDuringLoad: number;
  /** Loaded values that could not be stored (see `LarderValueError`). */
  readonly uncacheable: number;
  /** Calls of `invalidate`, and writes of decorated methods. */
  readonly invalidations: number;
  /** Use of the shared tier; `undefined` without one. */
  readonly shared: SharedStats | undefined;
  /** The results of the audit; `undefined` without the option `audit`. */
  readonly audit: AuditStats | undefined;
  /** What predictive warming did; `undefined` without the option `predictiveWarming`. */
  readonly predictiveWarming: PredictiveStats | undefined;
  /** By name of each decorated method that was called. */
  readonly methods: Readonly<Record<string, MethodStats>>;
  /** Why results of methods were not cached, by the name of the method: the last reason of each, for at most a thousand methods. */
  readonly uncached: Readonly<Record<string, string>>;
  /** By tag, for the thousand most used tags. A tag that joins them late counts from then on. */
  readonly tags: Readonly<Record<string, TagStats>>;
}

/** Plain fields, so that counting a hit costs one increment. */
export class CallCounters {
  hits = 0;
  stale = 0;
  misses = 0;
  fallbacks = 0;
  coalesced = 0;
  refused = 0;
  sharedHits = 0;
  sharedStale = 0;
  bypassed = 0;
  loads = 0;
  errors = 0;
  timeouts = 0;
  loadTime = 0;
  readonly times = new LatencyHistogram();

  /** Counts a miss that is served a value from the shared tier. @param isStale whether it is past its TTL */
  foundShared(isStale: boolean): void {
    if (isStale) {
      this.stale++;
      this.sharedStale++;
    } else this.sharedHits++;
  }

  /** @param time milliseconds that a successful load took */
  loaded(time: number): void {
    this.loadTime += time;
    this.times.record(time);
  }

  snapshot(): CallStats {
    const { hits, stale, misses, fallbacks, coalesced, refused, sharedHits, sharedStale, bypassed } = this;
    const { loads, errors, timeouts, loadTime } = this;
    const calls = { hits, stale, misses, fallbacks, coalesced, refused, sharedHits, sharedStale, bypassed };
    const counts = { ...calls, loads, errors, timeouts, loadTime };
    return { ...counts, loadTimes: this.times.snapshot(), hitRate: rate(hits + stale, misses) };
  }

  addTo(total: CallCounters): void {
    for (const name of COUNTED) total[name] += this[name];
    total.times.add(this.times);
  }
}

const COUNTED = [
  'hits',
  'stale',
  'misses',
  'fallbacks',
  'coalesced',
  'refused',
  'sharedHits',
  'sharedStale',
  'bypassed',
  'loads',
  'errors',
  'timeouts',
  'loadTime',
] as const;

export class SharedCounters implements SharedStats {
  hits = 0;
  misses = 0;
  discarded = 0;
  stores = 0;
  failures = 0;
}

const MAX_TAGS = 1000;
const MAX_UNCACHED = 1000;
const NONE: MemoryUsage = { active: 0, expired: 0, bytes: 0, timeToExpiry: null };

export class Statistics {
  invalidatedDuringLoad = 0;
  uncacheable = 0;
  expirations = 0;
  dropped = 0;
  invalidations = 0;
  /** Sweeps for expired entries, and the entries that they removed. */
  sweeps = 0;
  swept = 0;
  /** Direct calls of the cache, without a decorated method. */
  readonly direct = new CallCounters();
  readonly wholeTables = new WholeTables();
  readonly #methods = new Map<string, CallCounters>();
  /** Invalidations, by the decorated method that made them. */
  readonly #writers = new Map<string, number>();
  readonly #uncached = new Map<string, string>();
  readonly #tags = new SpaceSaving(MAX_TAGS, () => new CallCounters());

  /** The counters of a method name; methods of the same name share them. */
  method(name: string): CallCounters {
    const counters = this.#methods.get(name) ?? new CallCounters();
    this.#methods.set(name, counters);
    return counters;
  }

  /** The counters of all methods that were called, by name. */
  methods(): IterableIterator<[string, CallCounters]> {
    return this.#methods.entries();
  }

  /** @param method the decorated method that invalidates; none for a call of the cache */
  invalidated(method = ''): void {
    this.invalidations++;
    if (method !== '') this.#writers.set(method, (this.#writers.get(method) ?? 0) + 1);
  }

  /** How often each decorated method has invalidated, by name. */
  writers(): IterableIterator<[string, number]> {
    return this.#writers.entries();
  }

  /** Keeps why the results of a method were not cached. */
  notCached(method: string, reason: string): void {
    if (this.#uncached.size < MAX_UNCACHED || this.#uncached.has(method)) this.#uncached.set(method, reason);
  }

  /** Why results of methods were not cached. */
  get uncached(): ReadonlyMap<string, string> {
    return this.#uncached;
  }

  /** Counts a load for the tags of its value. */
  loaded(tags: readonly string[], time: number): void {
    for (const tag of tags) {
      const counters = this.#tags.used(tag);
      counters.loads++;
      counters.loaded(time);
    }
  }

  /** Counts a failed load for the tags its value would have had. */
  failed(tags: readonly string[]): void {
    for (const tag of tags) {
      const counters = this.#tags.used(tag);
      counters.loads++;
      counters.errors++;
    }
  }

  /** Adds the hits of an entry that leaves the store to the totals: a hit is counted in its entry only. */
  forget({ hits, tags }: Entry): void {
    if (hits === 0) return;
    for (const tag of tags) this.#tags.used(tag, hits).hits += hits;
  }

  snapshot({
    all,
    methods,
    tags,
  }: Survey): Omit<CacheStats, 'entries' | 'evictions' | 'shared' | 'audit' | 'predictiveWarming'> {
    const total = new CallCounters();
    for (const counters of [this.direct, ...this.#methods.values()]) counters.addTo(total);
    const { invalidatedDuringLoad, uncacheable, expirations, dropped, invalidations } = this;
    return {
      ...total.snapshot(),
      ...usageOf(all),
      invalidatedDuringLoad,
      uncacheable,
      expirations,
      dropped,
      invalidations,
      methods: Object.fromEntries(
        [...this.#methods].map(([name, counters]) => [name, { ...counters.snapshot(), ...usageOf(methods.get(name)) }]),
      ),
      uncached: Object.fromEntries(this.#uncached),
      tags: Object.fromEntries(
        this.#tags.mostUsed(tags).map((name) => {
          const { hits, loads, errors, loadTime, loadTimes } = (this.#tags.of(name) ?? new CallCounters()).snapshot();
          const live = tags.get(name);
          return [name, { hits: hits + (live?.hits ?? 0), loads, errors, loadTime, loadTimes, ...usageOf(live) }];
        }),
      ),
    };
  }
}

function usageOf({ active, expired, bytes, timeToExpiry }: MemoryUsage = NONE): MemoryUsage {
  return { active, expired, bytes, timeToExpiry };
}

function rate(hits: number, misses: number): number | null {
  return hits + misses === 0 ? null : hits / (hits + misses);
}
