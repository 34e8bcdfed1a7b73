import type { Entry } from './entry.js';
import type { MemoryStore } from './memory-store.js';

export interface MemoryBounds {
  /** Most entries kept. */
  readonly maxEntries: number;
  /** Most bytes kept, by the entries' own estimates. */
  readonly maxBytes: number;
}

/** Deletions that the hand may miss, besides as many as there are entries. */
const MAX_MISSED_DELETIONS = 1000;

/**
 * Entries in this process, bounded by number and bytes, evicted by SIEVE (Zhang et al., NSDI 2024): a hand moves from the
 * oldest entry to the newest, spares those that were visited since it last passed, and evicts the first that was not.
 * A hit sets one flag; nothing is moved, so a `Map` in order of insertion is the whole structure, and the hand an iterator
 * on it.
 */
export class SieveStore implements MemoryStore {
  readonly #entries = new Map<string, Entry>();
  readonly #bounds: MemoryBounds;
  readonly #forgotten: (entry: Entry) => void;
  #hand: Iterator<Entry> | undefined;
  /** Entries deleted since the hand last moved. */
  #deletions = 0;
  #bytes = 0;
  #evictions = 0;

  /** @param forgotten told of every entry that leaves, except by {@link clear} */
  constructor(bounds: MemoryBounds, forgotten: (entry: Entry) => void = () => {}) {
    this.#bounds = bounds;
    this.#forgotten = forgotten;
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

  get(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    // Reading is cheaper than writing where many entries are hit.
    if (entry !== undefined && !entry.visited) entry.visited = true;
    return entry;
  }

  peek(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  set(entry: Entry): void {
    entry.visited = this.#entries.get(entry.id)?.visited ?? false;
    this.delete(entry.id);
    if (entry.bytes > this.#bounds.maxBytes) return;
    // Room is made first: the hand must not find the newcomer, which nobody could have visited yet.
    while (this.size >= this.#bounds.maxEntries || this.#bytes + entry.bytes > this.#bounds.maxBytes) this.#evict();
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.bytes;
  }

  enlarge(entry: Entry, bytes: number): boolean {
    if (this.#entries.get(entry.id) !== entry || entry.bytes + bytes > this.#bounds.maxBytes) return false;
    entry.bytes += bytes;
    this.#bytes += bytes;
    // It is in use: the hand passes it by once.
    entry.visited = true;
    while (this.#bytes > this.#bounds.maxBytes) this.#evict();
    return true;
  }

  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
    this.#forgotten(entry);
    // An iterator that rests keeps every table its Map has outgrown since: after much coming and going it is dropped.
    if (++this.#deletions > MAX_MISSED_DELETIONS + this.size) this.#hand = undefined;
  }

  entries(): IterableIterator<Entry> {
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
        this.delete(next.value.id);
        this.#evictions++;
        return;
      }
    }
  }
}
