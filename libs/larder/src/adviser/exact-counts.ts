import type { CallCounters, Statistics } from '../cache/stats/statistics.js';

/** Counts of all calls, not of a sample. */
export interface Counts {
  readonly calls: number;
  /** Calls that were served from memory, stale values included. */
  readonly hits: number;
  readonly misses: number;
  readonly loads: number;
  /** Milliseconds. */
  readonly loadTime: number;
}

const NONE: Counts = { calls: 0, hits: 0, misses: 0, loads: 0, loadTime: 0 };

/** The counts of the statistics since the adviser began. Like its own, those of long ago count less. */
export class ExactCounts {
  readonly #statistics: Statistics;
  /** What of each counter no longer counts. */
  readonly #discounts = new Map<CallCounters, Counts>();

  constructor(statistics: Statistics) {
    this.#statistics = statistics;
  }

  /** Those of a decorated method; `undefined` for a family of keys. */
  method(name: string): Counts | undefined {
    for (const [known, counters] of this.#statistics.methods()) if (known === name) return this.#of(counters);
    return undefined;
  }

  /** Those of the direct calls of the cache. */
  get direct(): Counts {
    return this.#of(this.#statistics.direct);
  }

  get all(): Counts {
    return [...this.#statistics.methods()].map(([, counters]) => this.#of(counters)).reduce(sum, this.direct);
  }

  /** Lets what was counted so far count half. */
  age(): void {
    for (const counters of [this.#statistics.direct, ...[...this.#statistics.methods()].map(([, one]) => one)]) {
      const half = scaled(this.#of(counters), 0.5);
      this.#discounts.set(counters, sum(this.#discounts.get(counters) ?? NONE, half));
    }
  }

  #of(counters: CallCounters): Counts {
    const { stale, misses, loads, loadTime, sharedStale } = counters;
    // A stale value from the shared tier is counted as a miss too.
    const hits = counters.hits + stale - sharedStale;
    const now = { calls: hits + misses, hits, misses, loads, loadTime };
    return sum(now, scaled(this.#discounts.get(counters) ?? NONE, -1));
  }
}

function sum(one: Counts, other: Counts): Counts {
  return {
    calls: one.calls + other.calls,
    hits: one.hits + other.hits,
    misses: one.misses + other.misses,
    loads: one.loads + other.loads,
    loadTime: one.loadTime + other.loadTime,
  };
}

function scaled({ calls, hits, misses, loads, loadTime }: Counts, by: number): Counts {
  return { calls: by * calls, hits: by * hits, misses: by * misses, loads: by * loads, loadTime: by * loadTime };
}
