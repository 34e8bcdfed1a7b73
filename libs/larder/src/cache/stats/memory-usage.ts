import type { Clock } from '../../base/clock.js';
import type { Entry } from '../entries/entry.js';
import type { MemoryStore } from '../entries/memory-store.js';

/** The entries in memory. */
export interface MemoryUsage {
  /** Entries whose TTL has not passed. */
  readonly active: number;
  /** Entries past their TTL: kept for stale reads, or not swept yet. */
  readonly expired: number;
  /** Estimated bytes of all of them. */
  readonly bytes: number;
  /** Milliseconds until the active entries expire, without those that never do; `null` if there are none. */
  readonly timeToExpiry: { readonly soonest: number; readonly mean: number; readonly latest: number } | null;
}

/** The result of one walk through the store: in total, by method and by tag. */
export interface Survey {
  readonly all: MemoryUsage;
  readonly methods: ReadonlyMap<string, MemoryUsage>;
  readonly tags: ReadonlyMap<string, MemoryUsage & { readonly hits: number }>;
}

/** A result is reused for this many times the duration of its walk, so that a large store costs at most two percent. */
const REUSE_FACTOR = 50;

/** Walks through the store on request, with a rest between walks. */
export class Surveyor {
  readonly #store: MemoryStore;
  readonly #clock: Clock;
  #last: { readonly survey: Survey; readonly until: number } | undefined;

  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  survey(): Survey {
    const began = this.#clock.elapsed();
    if (this.#last !== undefined && began < this.#last.until) return this.#last.survey;
    const survey = this.#walk(began);
    const ended = this.#clock.elapsed();
    this.#last = { survey, until: ended + REUSE_FACTOR * (ended - began) };
    return survey;
  }

  #walk(now: number): Survey {
    const all = new Count();
    const methods = new Map<string, Count>();
    const tags = new Map<string, Count>();
    for (const entry of this.#store.entries()) {
      all.add(entry, now);
      if (entry.method !== undefined) countOf(methods, entry.method).add(entry, now);
      for (const tag of entry.tags) countOf(tags, tag).add(entry, now);
    }
    return { all, methods, tags };
  }
}

function countOf(counts: Map<string, Count>, name: string): Count {
  const count = counts.get(name) ?? new Count();
  counts.set(name, count);
  return count;
}

class Count implements MemoryUsage {
  active = 0;
  expired = 0;
  bytes = 0;
  hits = 0;
  #ending = 0;
  #soonest = Number.POSITIVE_INFINITY;
  #latest = 0;
  #sum = 0;

  add({ bytes, expiresAt, hits }: Entry, now: number): void {
    this.bytes += bytes;
    this.hits += hits;
    const left = expiresAt - now;
    if (left <= 0) {
      this.expired++;
      return;
    }
    this.active++;
    if (left === Number.POSITIVE_INFINITY) return;
    this.#ending++;
    this.#sum += left;
    this.#soonest = Math.min(this.#soonest, left);
    this.#latest = Math.max(this.#latest, left);
  }

  get timeToExpiry(): MemoryUsage['timeToExpiry'] {
    if (this.#ending === 0) return null;
    return { soonest: this.#soonest, mean: Math.round(this.#sum / this.#ending), latest: this.#latest };
  }
}
