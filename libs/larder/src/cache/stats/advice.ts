import type { WholeTable } from '../observed/whole-tables.js';
import type { Estimate } from './audit-stats.js';

/** A setting as it is, and as it would be best. */
export interface Choice<T = number | null> {
  readonly present: T;
  readonly best: T;
}

/** What a change of one setting would give, beside what was measured. */
export interface Forecast {
  /** Calls served from memory, of all calls: 0 to 1, with the bounds of 95 % confidence. */
  readonly hitRate: Estimate;
  /** The share of today's loads that would not happen: below zero if more would happen. */
  readonly loadsSaved: Estimate;
  /** Milliseconds of loads, such as queries to a database, that would be saved in an hour. */
  readonly loadTimeSaved: Estimate;
}

/** What the whole cache would give with another bound of its memory. */
export interface MemoryForecast extends Forecast {
  /** The bounds, as a multiple of those of today. */
  readonly factor: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What a method would give with another TTL. */
export interface TtlForecast extends Forecast {
  /** Milliseconds; `null` for values that never expire. */
  readonly ttl: number | null;
}

/** Advice for the memory of one process. */
export interface MemoryAdvice extends Forecast {
  /** `maxBytes`. */
  readonly maxBytes: Choice<number>;
  /** `maxEntries`. */
  readonly maxEntries: Choice<number>;
  /** The same for each size that is simulated, the smallest first. */
  readonly sizes: readonly MemoryForecast[];
  /** What to do and why, in a sentence. */
  readonly text: string;
}

/** What to do: nothing, change what `best` or `wholeTables` name, do not cache the method, or wait for more figures. */
export type AdviceAction = 'keep' | 'change' | 'stop-caching' | 'wait';

/** Advice for one method, or for the direct calls of one family of keys. The forecast is that of all best settings together. */
export interface MethodAdvice extends Forecast {
  /** Its calls since the adviser began; those long ago count less. */
  readonly calls: number;
  /** Calls served from memory, of all calls: 0 to 1. */
  readonly presentHitRate: number | null;
  readonly action: AdviceAction;
  /** Milliseconds; `null` for values that never expire. */
  readonly ttl: Choice;
  /** The same for each TTL that is simulated, the shortest first; none if no value was stored. */
  readonly ttls: readonly TtlForecast[];
  /** Milliseconds. */
  readonly staleWhileRevalidate: Choice<number>;
  /** Calls that would be served a stale value at once with the best `staleWhileRevalidate`, of all calls: 0 to 1. */
  readonly servedStale: number;
  /** The share of the memory that its entries take, and that would serve the most load time: 0 to 1. */
  readonly memoryShare: Choice<number>;
  /** The tables of which every row matters to its values, because no column in the WHERE narrows them; with `dependsOn: 'queries'`. */
  readonly wholeTables: readonly WholeTable[];
  /** What to do and why, in a sentence. */
  readonly text: string;
}

/** The advice of `cache.advice()`. */
export interface Advice {
  /** Milliseconds that the figures cover. */
  readonly span: number;
  /** The keys that are watched, and their share of all keys: 0 to 1. */
  readonly sample: { readonly keys: number; readonly share: number };
  readonly memory: MemoryAdvice;
  /** By name of the method, or by the first part of the key for direct calls of the cache; the most load time first. */
  readonly methods: Readonly<Record<string, MethodAdvice>>;
}
