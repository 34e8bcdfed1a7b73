/** What happened to the calls of one method, or to the direct calls of a cache. */
export interface CallStats {
  readonly hits: number;
  /** Answers past their TTL, while a new value was fetched (stale-while-revalidate). */
  readonly stale: number;
  readonly misses: number;
  /** Misses that got a value past its TTL, because the load failed or took too long (stale-if-error). */
  readonly fallbacks: number;
  /** Misses that waited for a load already under way. */
  readonly joined: number;
  readonly loads: number;
  /** Loads that failed. */
  readonly errors: number;
  /** Loads that were given up at their hard time-out. */
  readonly timeouts: number;
  /** Time spent in loads that succeeded, in milliseconds. */
  readonly loadTime: number;
  /** Calls answered with a stored value, stale ones included, of all that asked: 0 to 1; `null` before the first. */
  readonly hitRate: number | null;
}

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
export interface CacheStats extends CallStats {
  /** Entries in memory and the bytes they are estimated to take. */
  readonly entries: number;
  readonly bytes: number;
  readonly evictions: number;
  /** Entries forgotten after they had expired. */
  readonly expirations: number;
  /** Values that were loaded but not kept, because something they depend on was invalidated meanwhile. */
  readonly overtaken: number;
  /** Values that were loaded but could not be kept (see `LarderValueError`). */
  readonly refused: number;
  /** Calls of `invalidate` and writes of decorated methods. */
  readonly invalidations: number;
  /** What came of asking the shared tier; `undefined` where there is none. */
  readonly shared: SharedStats | undefined;
  /** The same by method, for every decorated method that was called. */
  readonly methods: Readonly<Record<string, CallStats>>;
}

/** Plain fields, so that counting a hit costs one increment. */
export class CallCounters {
  hits = 0;
  stale = 0;
  misses = 0;
  fallbacks = 0;
  joined = 0;
  loads = 0;
  errors = 0;
  timeouts = 0;
  loadTime = 0;

  add(other: CallCounters): void {
    for (const name of COUNTED) this[name] += other[name];
  }

  snapshot(): CallStats {
    const { hits, stale, misses, fallbacks, joined, loads, errors, timeouts, loadTime } = this;
    const hitRate = rate(hits + stale, misses);
    return { hits, stale, misses, fallbacks, joined, loads, errors, timeouts, loadTime, hitRate };
  }
}

const COUNTED = ['hits', 'stale', 'misses', 'fallbacks', 'joined', 'loads', 'errors', 'timeouts', 'loadTime'] as const;

export class SharedCounters implements SharedStats {
  hits = 0;
  misses = 0;
  discarded = 0;
  stores = 0;
  failures = 0;
}

export class Statistics {
  overtaken = 0;
  refused = 0;
  expirations = 0;
  invalidations = 0;
  /** Calls of the cache itself, not of a decorated method. */
  readonly direct = new CallCounters();
  readonly #methods = new Map<string, CallCounters>();

  /** The counters of a method, by its name; two methods of one name share them. */
  method(name: string): CallCounters {
    const counters = this.#methods.get(name) ?? new CallCounters();
    this.#methods.set(name, counters);
    return counters;
  }

  snapshot(): Omit<CacheStats, 'entries' | 'bytes' | 'evictions' | 'shared'> {
    const total = new CallCounters();
    for (const counters of [this.direct, ...this.#methods.values()]) total.add(counters);
    const methods = Object.fromEntries([...this.#methods].map(([name, counters]) => [name, counters.snapshot()]));
    const { overtaken, refused, expirations, invalidations } = this;
    return { ...total.snapshot(), overtaken, refused, expirations, invalidations, methods };
  }
}

function rate(hits: number, misses: number): number | null {
  return hits + misses === 0 ? null : hits / (hits + misses);
}
