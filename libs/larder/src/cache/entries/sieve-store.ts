import { EVICT } from '../../base/signals/cache-signals.js';
import type { Entry } from './entry.js';
import type { Evictable, MemoryStore } from './memory-store.js';

export interface MemoryBounds {
  /** The largest number of entries. */
  readonly maxEntries: number;
  /** The largest sum of the entries' estimated bytes. */
  readonly maxBytes: number;
}

/** Tells of an entry that was evicted or not stored. */
export type Announce = (entry: Evictable, reason: 'full' | 'too-large') => void;

/** Deletions, besides the number of entries, before a resting hand is dropped. */
const MAX_MISSED_DELETIONS = 1000;

/**
 * Entries in this process, bounded in number and bytes, with SIEVE eviction (Zhang et al., NSDI 2024): a hand moves from the
 * oldest entry to the newest, clears the flag of each visited entry, and evicts the first entry without the flag.
 * A hit only sets the flag and moves nothing, so a `Map` in insertion order and an iterator as the hand are enough.
 */
export class SieveStore<Stored extends Evictable = Entry> implements MemoryStore<Stored> {
  readonly #entries = new Map<string, Stored>();
  readonly #bounds: MemoryBounds;
  readonly #forgotten: (entry: Stored) => void;
  readonly #announce: Announce;
  #hand: Iterator<Stored> | undefined;
  #deletions = 0;
  #bytes = 0;
  #evictions = 0;

  /**
   * @param forgotten called with every entry that leaves, except by {@link clear}
   * @param announce tells of evictions; a simulation has none to tell of
   */
  constructor(bounds: MemoryBounds, forgotten: (entry: Stored) => void = () => {}, announce: Announce = send) {
    this.#bounds = bounds;
    this.#forgotten = forgotten;
    this.#announce = announce;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get evictions(): number {
    return this.#evictions;
  }

  get(id: string): Stored | undefined {
    const entry = this.#entries.get(id);
    // Reading the flag first is cheaper than writing it at every hit.
    if (entry !== undefined && !entry.visited) entry.visited = true;
    return entry;
  }

  peek(id: string): Stored | undefined {
    return this.#entries.get(id);
  }

  set(entry: Stored): void {
    const former = this.#entries.get(entry.id);
    entry.visited = former?.visited ?? false;
    if (former !== undefined) this.#remove(former);
    if (entry.bytes > this.#bounds.maxBytes) {
      this.#announce(entry, 'too-large');
      return;
    }
    // Evict first: the hand must not find the new entry, which could not have been visited yet.
    while (this.size >= this.#bounds.maxEntries || this.#bytes + entry.bytes > this.#bounds.maxBytes) this.#evict();
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.bytes;
  }

  enlarge(entry: Stored, bytes: number): boolean {
    if (this.#entries.get(entry.id) !== entry || entry.bytes + bytes > this.#bounds.maxBytes) return false;
    entry.bytes += bytes;
    this.#bytes += bytes;
    // It is in use: protect it from the next pass of the hand.
    entry.visited = true;
    while (this.#bytes > this.#bounds.maxBytes) this.#evict();
    return true;
  }

  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#remove(entry);
  }

  #remove(entry: Stored): void {
    this.#entries.delete(entry.id);
    this.#bytes -= entry.bytes;
    this.#forgotten(entry);
    // An idle iterator retains every table that its Map has outgrown since: drop it after many deletions.
    if (++this.#deletions > MAX_MISSED_DELETIONS + this.size) this.#hand = undefined;
  }

  entries(): IterableIterator<Stored> {
    return this.#entries.values();
  }

  clear(): void {
    this.#entries.clear();
    this.#hand = undefined;
    this.#bytes = 0;
  }

  #evict(): void {
    for (;;) {
      this.#hand ??= this.#entries.values();
      const next = this.#hand.next();
      this.#deletions = 0;
      if (next.done) {
        this.#hand = undefined;
      } else if (next.value.visited) {
        next.value.visited = false;
      } else {
        this.#remove(next.value);
        this.#evictions++;
        this.#announce(next.value, 'full');
        return;
      }
    }
  }
}

function send({ method, id, bytes, hits }: Evictable, reason: 'full' | 'too-large'): void {
  if (EVICT.isHeard) EVICT.send({ method, id, reason, bytes, hits });
}
