import { EVICT } from '../../base/signals/cache-signals.js';
import type { Entry } from './entry.js';
import { LossQueues } from './loss-queues.js';
import type { Evictable, MemoryStore } from './memory-store.js';

export interface MemoryBounds {
  /** The largest number of entries. */
  readonly maxEntries: number;
  /** The largest sum of the entries' estimated bytes. */
  readonly maxBytes: number;
}

/** Tells of an entry that was evicted or not stored. */
export type Announce = (entry: Evictable, reason: 'full' | 'too-large') => void;

/**
 * Entries in this process, bounded in number and bytes. The entry that costs least to lose is evicted first (decision 18). A hit only
 * sets a flag.
 */
export class LossStore<Stored extends Evictable = Entry> implements MemoryStore<Stored> {
  readonly #entries = new Map<string, Stored>();
  readonly #bounds: MemoryBounds;
  readonly #forgotten: (entry: Stored) => void;
  readonly #announce: Announce;
  readonly #queues = new LossQueues<Stored>();
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
    // Evict first: the new entry, which could not have been visited yet, must not go.
    while (this.size >= this.#bounds.maxEntries || this.#bytes + entry.bytes > this.#bounds.maxBytes) this.#evict();
    this.#entries.set(entry.id, entry);
    this.#queues.add(entry, former);
    this.#bytes += entry.bytes;
  }

  enlarge(entry: Stored, bytes: number): boolean {
    if (this.#entries.get(entry.id) !== entry || entry.bytes + bytes > this.#bounds.maxBytes) return false;
    entry.bytes += bytes;
    this.#bytes += bytes;
    // It is in use: something else goes first.
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
    this.#queues.remove(entry);
    this.#bytes -= entry.bytes;
    this.#forgotten(entry);
  }

  entries(): IterableIterator<Stored> {
    return this.#entries.values();
  }

  clear(): void {
    this.#entries.clear();
    this.#queues.clear();
    this.#bytes = 0;
  }

  #evict(): void {
    const entry = this.#queues.least();
    this.#remove(entry);
    this.#evictions++;
    this.#announce(entry, 'full');
  }
}

function send({ method, id, bytes, hits }: Evictable, reason: 'full' | 'too-large'): void {
  if (EVICT.isHeard) EVICT.send({ method, id, reason, bytes, hits });
}
