import type { MemoryBounds } from '../../cache/entries/loss-store.js';
import type { Evictable, MemoryStore } from '../../cache/entries/memory-store.js';
import type { SampledKey } from './sampled-key.js';
import type { Scenario } from './scenarios.js';

/** An entry of a miniature cache: everything but the value. */
export class SimulatedEntry implements Evictable {
  visited = false;
  hits = 0;
  rank = 0;
  due = 0;
  next: this | undefined = undefined;
  previous: this | undefined = undefined;

  constructor(
    readonly key: SampledKey,
    public bytes: number,
    readonly generation: number,
    readonly loadedAt: number,
    readonly expiresAt: number,
  ) {}

  get id(): string {
    return this.key.id;
  }

  get reloadCost(): number {
    return this.key.reloadCost;
  }

  get method(): string {
    return this.key.figures.name;
  }
}

/** Makes a store with the eviction policy of the cache. */
export type StoreOf = (bounds: MemoryBounds, forgotten: (entry: SimulatedEntry) => void) => MemoryStore<SimulatedEntry>;

/** The result of a simulated read; `renewed`: served, while a refresh loads the value again. */
export type Outcome = 'hit' | 'renewed' | 'miss';

/** The part of a smaller cache that one value may fill: beside many others, a large value must not be refused. */
const MAX_PART = 0.25;

/**
 * A small cache for a sample of the keys, with bounds that are smaller in the same proportion. It misses as often as the large cache
 * with all keys would (Waldspurger and others, "Cache Modeling and Optimization using Miniature Simulations", USENIX ATC 2017).
 */
export class MiniCache {
  readonly #scenario: Scenario;
  readonly #bounds: MemoryBounds;
  readonly #storeOf: StoreOf;
  readonly #forgotten: (entry: SimulatedEntry) => void;
  #store: MemoryStore<SimulatedEntry>;
  #share = 1;

  /** @param bounds those of the cache */
  constructor(scenario: Scenario, bounds: MemoryBounds, storeOf: StoreOf, forgotten: (entry: SimulatedEntry) => void) {
    this.#scenario = scenario;
    this.#bounds = bounds;
    this.#storeOf = storeOf;
    this.#forgotten = forgotten;
    this.#store = this.#makeStore();
  }

  read(key: SampledKey, now: number): Outcome {
    const entry = this.#store.get(key.id);
    if (entry === undefined) return 'miss';
    if (entry.generation !== key.generation) {
      this.#store.delete(key.id);
      return 'miss';
    }
    const { refreshAhead, staleWhileRevalidate } = key.rule;
    if (now >= entry.expiresAt + staleWhileRevalidate) return 'miss';
    const due =
      refreshAhead === 1 ? entry.expiresAt : entry.loadedAt + refreshAhead * (entry.expiresAt - entry.loadedAt);
    if (now < due) return 'hit';
    this.fill(key, now);
    return 'renewed';
  }

  /** Whether the key has an entry that has not expired. */
  holds(key: SampledKey, now: number): boolean {
    const entry = this.#store.peek(key.id);
    return entry !== undefined && entry.generation === key.generation && now < entry.expiresAt;
  }

  /** Stores the value of a load that has just ended. */
  fill(key: SampledKey, now: number): void {
    const largest = this.#share === 1 ? Number.POSITIVE_INFINITY : MAX_PART * this.#scaled.maxBytes;
    const bytes = Math.min(key.bytes, largest);
    const entry = new SimulatedEntry(key, bytes, key.generation, now, now + key.ttl * this.#scenario.ttl);
    // Before it is stored: it may replace the only other entry of its key.
    key.holders++;
    this.#store.set(entry);
    if (this.#store.peek(key.id) !== entry) key.holders--;
  }

  /** Stores the value of a refresh, where there is one to refresh. */
  renew(key: SampledKey, now: number): void {
    if (this.#store.peek(key.id) !== undefined) this.fill(key, now);
  }

  /** Removes what has expired or was invalidated, as the cache does each minute. */
  sweep(now: number): void {
    for (const { key, generation, expiresAt } of this.#store.entries()) {
      if (generation !== key.generation || now >= expiresAt + key.rule.staleWhileRevalidate) this.#store.delete(key.id);
    }
  }

  /** Keeps a smaller part of the keys, in the order of the store, with bounds that are smaller in the same proportion. */
  shrink(share: number, keeps: (key: SampledKey) => boolean): void {
    const former = this.#store;
    this.#share = share;
    this.#store = this.#makeStore();
    for (const entry of former.entries()) {
      if (!keeps(entry.key)) {
        this.#forgotten(entry);
        continue;
      }
      const { visited } = entry;
      this.#store.set(entry);
      if (this.#store.peek(entry.id) !== entry) this.#forgotten(entry);
      else if (visited) this.#store.get(entry.id);
    }
  }

  entries(): IterableIterator<SimulatedEntry> {
    return this.#store.entries();
  }

  get size(): number {
    return this.#store.size;
  }

  get #scaled(): MemoryBounds {
    const part = this.#share * this.#scenario.size;
    return { maxEntries: this.#bounds.maxEntries * part, maxBytes: this.#bounds.maxBytes * part };
  }

  #makeStore(): MemoryStore<SimulatedEntry> {
    return this.#storeOf(this.#scaled, this.#forgotten);
  }
}
