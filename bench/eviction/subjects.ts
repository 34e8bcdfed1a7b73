import { LRUCache } from 'lru-cache';
import type { Candidate } from '../measure/rounds.js';
import { entryOf, LossStore, type StoredEntry } from './larder-parts.js';
import type { Trace } from './traces.js';

const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** Stores values under new keys, so that each evicts another. */
export interface Arrival {
  readonly key: string;
  readonly entry: StoredEntry;
}

export const ARRIVALS: readonly Arrival[] = Array.from({ length: 200_000 }, (_, index) => {
  const key = `tournaments:${index}`;
  return { key, entry: entryOf(key) };
});

export function setsOfStore(capacity: number): Candidate<Arrival> {
  const store = new LossStore({ maxEntries: capacity, maxBytes: NO_BOUND });
  return {
    name: 'LossStore set',
    run: (arrivals) => {
      for (const { entry } of arrivals) store.set(entry);
    },
  };
}

export function setsOfLru(capacity: number): Candidate<Arrival> {
  const cache = new LRUCache<string, StoredEntry>({ max: capacity });
  return {
    name: 'lru-cache set',
    run: (arrivals) => {
      for (const { key, entry } of arrivals) cache.set(key, entry);
    },
  };
}

/** The hit ratio of a trace. */
export function hitRatioOfStore({ capacity, keys }: Trace): number {
  const store = new LossStore({ maxEntries: capacity, maxBytes: NO_BOUND });
  let hits = 0;
  for (const key of keys) {
    if (store.get(key) !== undefined) hits++;
    else store.set(entryOf(key));
  }
  return hits / keys.length;
}

export function hitRatioOfLru({ capacity, keys }: Trace): number {
  const cache = new LRUCache<string, StoredEntry>({ max: capacity });
  let hits = 0;
  for (const key of keys) {
    if (cache.get(key) !== undefined) hits++;
    else cache.set(key, entryOf(key));
  }
  return hits / keys.length;
}
