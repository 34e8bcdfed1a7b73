import type { CallCounters } from '../../cache/stats/statistics.js';

/** What happened in a node in one minute, and how it was at the end of it. */
export interface TrendMinute {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly bytes: number;
  readonly entries: number;
  readonly invalidations: number;
  readonly evictions: number;
  /** The greatest of the minute, in milliseconds; `null` if it is unknown. */
  readonly journalLag: number | null;
  readonly feedLag: number | null;
  /** Hits (stale ones included), misses and loads of the most called methods. */
  readonly methods: Readonly<Record<string, readonly [hits: number, misses: number, loads: number]>>;
}

/** The figures of a node now; counts since its start. */
export interface TrendSample extends Omit<TrendMinute, 'minute' | 'methods'> {
  readonly methods: ReadonlyMap<string, CallCounters>;
}

const MINUTES = 60;
const MAX_METHODS = 30;

type Counts = readonly [hits: number, misses: number, loads: number];

/** The last hour of a node, minute by minute: an hour of thirty methods takes some 200 KB. */
export class Trend {
  readonly #minutes: TrendMinute[] = [];
  #before: {
    readonly invalidations: number;
    readonly evictions: number;
    readonly methods: ReadonlyMap<string, Counts>;
  };

  constructor() {
    this.#before = { invalidations: 0, evictions: 0, methods: new Map() };
  }

  /** The minutes of the last hour, the oldest first. */
  get minutes(): readonly TrendMinute[] {
    return this.#minutes;
  }

  /** Adds what has happened since the last sample to its minute. @param now milliseconds since the epoch */
  add(sample: TrendSample, now: number): void {
    const minute = Math.floor(now / 60_000);
    const last = this.#minutes.at(-1);
    const begun = last?.minute === minute ? last : undefined;
    const counts = new Map([...sample.methods].map(([name, counters]) => [name, countsOf(counters)] as const));
    const { bytes, entries } = sample;
    const next: TrendMinute = {
      minute,
      bytes,
      entries,
      invalidations: (begun?.invalidations ?? 0) + sample.invalidations - this.#before.invalidations,
      evictions: (begun?.evictions ?? 0) + sample.evictions - this.#before.evictions,
      journalLag: greater(begun?.journalLag, sample.journalLag),
      feedLag: greater(begun?.feedLag, sample.feedLag),
      methods: this.#grown(counts, begun?.methods ?? {}),
    };
    if (begun !== undefined) this.#minutes.pop();
    this.#minutes.push(next);
    while ((this.#minutes[0]?.minute ?? minute) <= minute - MINUTES) this.#minutes.shift();
    this.#before = { invalidations: sample.invalidations, evictions: sample.evictions, methods: counts };
  }

  #grown(counts: ReadonlyMap<string, Counts>, begun: TrendMinute['methods']): TrendMinute['methods'] {
    const grown = [...counts].map(([name, now]) => {
      const before = this.#before.methods.get(name) ?? NONE;
      const already = begun[name] ?? NONE;
      return [name, now.map((count, place) => count - (before[place] ?? 0) + (already[place] ?? 0))] as const;
    });
    const used = grown.filter(([, [hits = 0, misses = 0]]) => hits + misses > 0);
    used.sort(([, [hits = 0, misses = 0]], [, [others = 0, missed = 0]]) => others + missed - hits - misses);
    return Object.fromEntries(used.slice(0, MAX_METHODS)) as unknown as TrendMinute['methods'];
  }
}

const NONE: Counts = [0, 0, 0];

function countsOf({ hits, stale, misses, loads }: CallCounters): Counts {
  return [hits + stale, misses, loads];
}

function greater(one: number | null | undefined, other: number | null): number | null {
  if (one === null || one === undefined) return other;
  return other === null ? one : Math.max(one, other);
}
