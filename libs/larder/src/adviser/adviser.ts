import type { Entry } from '../cache/entries/entry.js';
import type { MemoryBounds } from '../cache/entries/loss-store.js';
import type { AccessWatch, RenewalRule, Watched } from '../cache/stats/access-watch.js';
import type { Advice } from '../cache/stats/advice.js';
import { familyOf } from '../keys/key.js';
import { adviceFrom } from './advice-from.js';
import { ExactCounts } from './exact-counts.js';
import { GROUPS, MethodFigures } from './simulation/method-figures.js';
import { MiniCache, type StoreOf } from './simulation/mini-cache.js';
import { Pace } from './simulation/pace.js';
import { hashOf, NO_RENEWAL, SampledKey } from './simulation/sampled-key.js';
import { PRESENT, SCENARIOS } from './simulation/scenarios.js';

export interface AdviserOptions {
  readonly bounds: MemoryBounds;
  /** Makes a store with the eviction policy of the cache. */
  readonly storeOf: StoreOf;
  /** Milliseconds of processor time that this process has used. */
  readonly processorTime: () => number;
}

const HASHES = 2 ** 32;
/** The most bytes of all miniature caches and of the counts of the methods, as estimated. */
const MAX_BYTES = 700_000;
/** Bytes of a simulated entry with its place in a store, and of a key without its id. */
const ENTRY_BYTES = 152;
const KEY_BYTES = 260;
const METHOD_BYTES = 3000;
/** The most methods, and families of keys, that are counted one by one. */
const MAX_METHODS = 100;
const OTHERS = 'others';
const SWEEP_INTERVAL = 60_000;
/** What was counted counts half after this time. */
const HALF_LIFE = 6 * 3_600_000;
const MIN_SHARE = 2 ** -16;
/** By how much the sample shrinks when it outgrows its memory, and its processor time. */
const SMALLER = 0.8;
const MUCH_SMALLER = 0.5;

/**
 * Simulates the cache with other bounds and other TTLs, on a sample of its keys: those whose hash is below a threshold. The threshold
 * falls when the sample outgrows its memory or its processor time (SHARDS: Waldspurger and others, USENIX FAST 2015).
 */
export class Adviser implements AccessWatch {
  readonly #options: AdviserOptions;
  readonly #watched: Watched;
  readonly #keys = new Map<string, SampledKey>();
  readonly #caches: readonly MiniCache[];
  readonly #methods = new Map<string, MethodFigures>();
  readonly #exact: ExactCounts;
  readonly #pace: Pace;
  readonly #began: number;
  #threshold = HASHES;
  /** How many keys each key of the sample stands for. */
  #weight = 1;
  /** Characters of the ids of the keys. */
  #characters = 0;
  /** The key that is being read or stored. */
  #current: SampledKey | undefined;
  #nextSweep: number;
  #nextAging: number;

  constructor(options: AdviserOptions, watched: Watched) {
    this.#options = options;
    this.#watched = watched;
    this.#caches = SCENARIOS.map(
      (scenario) => new MiniCache(scenario, options.bounds, options.storeOf, ({ key }) => this.#release(key)),
    );
    const now = watched.clock.elapsed();
    this.#exact = new ExactCounts(watched.statistics);
    this.#pace = new Pace(options.processorTime);
    this.#began = now;
    this.#nextSweep = now + SWEEP_INTERVAL;
    this.#nextAging = now + HALF_LIFE;
  }

  stored(entry: Entry, rule: RenewalRule, storedAt: number): void {
    const hash = hashOf(entry.id);
    if (hash >= this.#threshold || entry.bytes > this.#options.bounds.maxBytes) return;
    const { clock, slots, table } = this.#watched;
    const now = clock.turn();
    this.#spend(now);
    const key = this.#keys.get(entry.id) ?? this.#add(entry.id, hash, entry.method);
    this.#current = key;
    key.compareWith(table);
    key.learn(entry, rule, storedAt, slots);
    entry.watch();
    this.#store(key, now);
    this.#end(key);
  }

  served(entry: Entry, now: number): void {
    const key = this.#keys.get(entry.id) ?? this.#adopt(entry);
    if (key === undefined) return;
    this.#read(key, now, true);
    this.#end(key);
  }

  missed(id: string, method: string | undefined, now: number): void {
    const hash = hashOf(id);
    if (hash >= this.#threshold) return;
    const key = this.#keys.get(id);
    if (key !== undefined) {
      this.#read(key, now, false);
      this.#end(key);
      return;
    }
    this.#spend(now);
    const figures = this.#figuresOf(id, method);
    const group = hash % GROUPS;
    figures.read(group, this.#weight);
    for (let place = 0; place < SCENARIOS.length; place++) figures.missed(place, group, this.#weight);
  }

  advice(): Advice {
    const { audit, clock, isShared, statistics, store } = this.#watched;
    return adviceFrom({
      span: clock.elapsed() - this.#began,
      sample: { keys: this.#keys.size, share: this.#share },
      bounds: this.#options.bounds,
      store,
      figures: [...this.#methods.values()],
      exact: this.#exact,
      caches: this.#caches,
      audit: audit(),
      wholeTables: statistics.wholeTables,
      isShared,
    });
  }

  #read(key: SampledKey, now: number, isHit: boolean): void {
    this.#spend(now);
    this.#current = key;
    key.compareWith(this.#watched.table);
    const { figures, hash } = key;
    const group = hash % GROUPS;
    const weight = this.#weight;
    figures.read(group, weight);
    for (let place = 0; place < this.#caches.length; place++) {
      const cache = this.#caches[place] as MiniCache;
      const outcome = cache.read(key, now);
      if (outcome === 'hit') continue;
      if (place === PRESENT) this.#noteLate(key, now, outcome === 'miss', weight);
      if (outcome === 'renewed') figures.renewed(place, group, weight);
      else {
        figures.missed(place, group, weight);
        // Else the load of the cache brings the value: see `stored`.
        if (isHit) cache.fill(key, now);
      }
    }
  }

  /** Notes how long ago the value expired that a miss would have got. */
  #noteLate(key: SampledKey, now: number, isMiss: boolean, weight: number): void {
    if (key.expiredGeneration === key.generation && now >= key.expiresAt) key.figures.late(now - key.expiresAt, weight);
    if (isMiss) key.expiredGeneration = -1;
    else this.#noteExpiry(key, now);
  }

  #noteExpiry(key: SampledKey, now: number): void {
    key.expiresAt = now + key.ttl;
    key.expiredGeneration = key.generation;
  }

  /** Stores a loaded value where it is missing; if it is nowhere, the load was a refresh. */
  #store(key: SampledKey, now: number): void {
    let isMissing = false;
    for (const cache of this.#caches) {
      if (cache.holds(key, now)) continue;
      isMissing = true;
      cache.fill(key, now);
    }
    if (!isMissing) for (const cache of this.#caches) cache.renew(key, now);
    this.#noteExpiry(key, now);
  }

  /** A key that every miniature cache has evicted, and the cache has not. */
  #adopt(entry: Entry): SampledKey | undefined {
    const hash = hashOf(entry.id);
    if (hash >= this.#threshold) {
      entry.unwatch();
      return undefined;
    }
    const key = this.#add(entry.id, hash, entry.method);
    key.learn(entry, NO_RENEWAL, entry.loadedAt, this.#watched.slots);
    return key;
  }

  #add(id: string, hash: number, method: string | undefined): SampledKey {
    const key = new SampledKey(id, hash, this.#figuresOf(id, method));
    this.#keys.set(id, key);
    this.#characters += id.length;
    this.#current = key;
    return key;
  }

  /** Called for each entry that leaves a miniature cache. */
  #release(key: SampledKey): void {
    key.holders--;
    // A key in use may be stored again at once.
    if (key.holders === 0 && key !== this.#current) this.#drop(key);
  }

  #drop(key: SampledKey): void {
    if (this.#keys.delete(key.id)) this.#characters -= key.id.length;
  }

  #end(key: SampledKey): void {
    this.#current = undefined;
    if (key.holders === 0) this.#drop(key);
    if (this.#bytes > MAX_BYTES) this.#shrink(SMALLER);
  }

  get #share(): number {
    return this.#threshold / HASHES;
  }

  /** As estimated. */
  get #bytes(): number {
    let entries = 0;
    for (const { size } of this.#caches) entries += size;
    const counts = this.#methods.size * METHOD_BYTES;
    return entries * ENTRY_BYTES + this.#keys.size * KEY_BYTES + this.#characters + counts;
  }

  #figuresOf(id: string, method = familyOf(id)): MethodFigures {
    const name = this.#methods.has(method) || this.#methods.size < MAX_METHODS ? method : OTHERS;
    const figures = this.#methods.get(name) ?? new MethodFigures(name);
    this.#methods.set(name, figures);
    return figures;
  }

  /** Counts a simulated read, and does what is due. */
  #spend(now: number): void {
    if (this.#pace.isExceeded()) this.#shrink(MUCH_SMALLER);
    if (now >= this.#nextSweep) this.#sweep(now);
    if (now >= this.#nextAging) this.#age(now);
  }

  /** Makes the sample smaller. Counts that were made with a larger one stay as they are. */
  #shrink(factor: number): void {
    this.#threshold = Math.max(MIN_SHARE * HASHES, Math.floor(this.#threshold * factor));
    this.#weight = 1 / this.#share;
    for (const cache of this.#caches) cache.shrink(this.#share, ({ hash }) => hash < this.#threshold);
  }

  #sweep(now: number): void {
    this.#nextSweep = now + SWEEP_INTERVAL;
    for (const key of this.#keys.values()) key.compareWith(this.#watched.table);
    for (const cache of this.#caches) cache.sweep(now);
  }

  #age(now: number): void {
    this.#nextAging = now + HALF_LIFE;
    for (const figures of this.#methods.values()) figures.age();
    this.#exact.age();
  }
}
