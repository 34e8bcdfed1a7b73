import type { Entry } from '../entries/entry.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { MemoryUsage, Survey } from './memory-usage.js';
import { SpaceSaving } from './space-saving.js';

/** What happened to the calls of one method, or to the direct calls of a cache. */
export interface CallStats {
  readonly hits: number;
  /** Answers past their TTL, while a new value was fetched (stale-while-revalidate). */
  readonly stale: number;
  readonly misses: number;
  /** Misses that got a value past its TTL, because the load failed or took too long (stale-if-error). */
  readonly fallbacks: number;
  /** Misses that waited for a load already under way. */
  readonly coalesced: number;
  readonly loads: number;
  /** Loads that failed. */
  readonly errors: number;
  /** Loads that were given up at their hard time-out. */
  readonly timeouts: number;
  /** Time spent in loads that succeeded, in milliseconds. */
  readonly loadTime: number;
  /** Milliseconds within which half, 95 % and 99 % of the loads that succeeded ended, to 5 %; `null` before the first. */
  readonly loadTimes: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  /** Calls answered with a stored value, stale ones included, of all that asked: 0 to 1; `null` before the first. */
  readonly hitRate: number | null;
}

/** The calls of a method and what of it is in memory. */
export interface MethodStats extends CallStats, MemoryUsage {}

/** What carries a tag: how often it was served and loaded, and what of it is in memory. */
export interface TagStats
  extends MemoryUsage,
    Pick<CallStats, 'hits' | 'loads' | 'errors' | 'loadTime' | 'loadTimes'> {}

/** What came of asking the tier that all nodes share. */
export interface SharedStats {
  /** Entries that were found there and served. */
  readonly hits: number;
  /** Entries that were not there, or could not be served. */
  readonly misses: number;
  /** Of these misses, how many lay there in a form that this version cannot read: garbage, cut off, or of another release. */
  readonly discarded: number;
  /** Entries written. */
  readonly stores: number;
  /** Calls it did not answer in time. */
  readonly failures: number;
}

/** The figures of a cache since it was made. */
export interface CacheStats extends CallStats, MemoryUsage {
  /** Entries in memory and the bytes they are estimated to take. */
  readonly entries: number;
  readonly evictions: number;
  /** Entries forgotten after they had expired. */
  readonly expirations: number;
  /** Values that were loaded but not kept, because something they depend on was invalidated meanwhile. */
  readonly invalidatedDuringLoad: number;
  /** Values that were loaded but could not be kept (see `LarderValueError`). */
  readonly uncacheable: number;
  /** Calls of `invalidate` and writes of decorated methods. */
  readonly invalidations: number;
  /** What came of asking the shared tier; `undefined` where there is none. */
  readonly shared: SharedStats | undefined;
  /** The same by method, for every decorated method that was called. */
  readonly methods: Readonly<Record<string, MethodStats>>;
  /** By tag, for the thousand that are used most; of one that came into use late, since it did. */
  readonly tags: Readonly<Record<string, TagStats>>;
}

/** Plain fields, so that counting a hit costs one increment. */
export class CallCounters {
  hits = 0;
  stale = 0;
  misses = 0;
  fallbacks = 0;
  coalesced = 0;
  loads = 0;
  errors = 0;
  timeouts = 0;
  loadTime = 0;
  readonly #times = new LatencyHistogram();

  /** @param time milliseconds a load took that succeeded */
  loaded(time: number): void {
    this.loadTime += time;
    this.#times.record(time);
  }

  snapshot(): CallStats {
    const { hits, stale, misses, fallbacks, coalesced, loads, errors, timeouts, loadTime } = this;
    const counts = { hits, stale, misses, fallbacks, coalesced, loads, errors, timeouts, loadTime };
    return { ...counts, loadTimes: this.#times.snapshot(), hitRate: rate(hits + stale, misses) };
  }

  addTo(total: CallCounters): void {
    for (const name of COUNTED) total[name] += this[name];
    total.#times.add(this.#times);
  }
}

const COUNTED = [
  'hits',
  'stale',
  'misses',
  'fallbacks',
  'coalesced',
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
const NONE: MemoryUsage = { active: 0, expired: 0, bytes: 0, timeToExpiry: null };

export class Statistics {
  invalidatedDuringLoad = 0;
  uncacheable = 0;
  expirations = 0;
  invalidations = 0;
  /** Rounds in which expired entries were looked for, and entries that they freed. */
  sweeps = 0;
  swept = 0;
  /** Calls of the cache itself, not of a decorated method. */
  readonly direct = new CallCounters();
  readonly #methods = new Map<string, CallCounters>();
  readonly #tags = new SpaceSaving(MAX_TAGS, () => new CallCounters());

  /** The counters of a method, by its name; two methods of one name share them. */
  method(name: string): CallCounters {
    const counters = this.#methods.get(name) ?? new CallCounters();
    this.#methods.set(name, counters);
    return counters;
  }

  /** The counters of all methods that were called, by name. */
  methods(): IterableIterator<[string, CallCounters]> {
    return this.#methods.entries();
  }

  /** Counts a load for the tags of its value. */
  loaded(tags: readonly string[], time: number): void {
    for (const tag of tags) {
      const counters = this.#tags.used(tag);
      counters.loads++;
      counters.loaded(time);
    }
  }

  /** Counts a load that failed for the tags its value would have had. */
  failed(tags: readonly string[]): void {
    for (const tag of tags) {
      const counters = this.#tags.used(tag);
      counters.loads++;
      counters.errors++;
    }
  }

  /** Takes over what an entry has counted, which leaves the store: a hit counts in its entry alone. */
  forget({ hits, tags }: Entry): void {
    if (hits === 0) return;
    for (const tag of tags) this.#tags.used(tag, hits).hits += hits;
  }

  snapshot({ all, methods, tags }: Survey): Omit<CacheStats, 'entries' | 'evictions' | 'shared'> {
    const total = new CallCounters();
    for (const counters of [this.direct, ...this.#methods.values()]) counters.addTo(total);
    const { invalidatedDuringLoad, uncacheable, expirations, invalidations } = this;
    return {
      ...total.snapshot(),
      ...usageOf(all),
      invalidatedDuringLoad,
      uncacheable,
      expirations,
      invalidations,
      methods: Object.fromEntries(
        [...this.#methods].map(([name, counters]) => [name, { ...counters.snapshot(), ...usageOf(methods.get(name)) }]),
      ),
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
