import type { Entry } from '../cache/entry.js';
import type { Store } from '../cache/store.js';

export interface MemoryBounds {
  /** Most entries kept. */
  readonly maxEntries: number;
  /** Most bytes kept, by the entries' own estimates. */
  readonly maxBytes: number;
}

/**
 * Entries in this process, bounded by number and bytes, evicted by SIEVE (Zhang et al., NSDI 2024): a hand moves from the
 * oldest entry to the newest, spares those that were visited since it last passed, and evicts the first that was not.
 * A hit sets one flag; nothing is moved, so a `Map` in order of insertion is the whole structure, and the hand an iterator
 * on it.
 */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, Entry>();
  readonly #bounds: MemoryBounds;
  #hand: Iterator<Entry> = this.#entries.values();
  #bytes = 0;
  #evictions = 0;

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
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

  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  clear(): void {
    this.#entries.clear();
    this.#hand = this.#entries.values();
    this.#bytes = 0;
  }

  #evict(): void {
    for (;;) {
      const next = this.#hand.next();
      if (next.done) {
        this.#hand = this.#entries.values();
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
