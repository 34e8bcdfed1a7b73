import { copyOf } from './copy.js';

const UNFREEZABLE = 1;
const FOREIGN = 2;

/** A value as the cache keeps it, with what decides whether it may still be served. */
export class Entry {
  // A hit reads what comes first, so that it touches one or two cache lines.
  #promise: Promise<unknown> | undefined;
  /**
   * When a hit has to look closer: it expires, or is to be fetched anew ahead of that. This and the other moments are on the
   * clock's `elapsed`.
   */
  dueAt: number;
  /** The table's sequence number up to which its slots are known not to have changed since its load began. */
  stamp: number;
  /** Set by a hit and cleared by the eviction that passes by: what SIEVE knows of an entry. */
  visited = false;
  // Two answers in one field: an entry is small, and there are many.
  readonly #nature: number;
  /** How often it was served. */
  hits = 0;
  /** The name it is stored under. */
  readonly id: string;
  readonly value: unknown;
  /** The slots it depends on besides the root, its own first; `undefined` where they follow from its id and tags. */
  readonly slots: readonly number[] | undefined;
  readonly tags: readonly string[];
  /** Estimated bytes that key, value, bookkeeping and what is kept beside it take. Grows by `Store.enlarge` alone. */
  bytes: number;
  /** When its load began. */
  readonly loadedAt: number;
  /** Milliseconds its load took; 0 for what was set. */
  readonly loadCost: number;
  /** When it expires. */
  readonly expiresAt: number;
  /** Until when it may be of use: where stale values are served, later than it expires. */
  readonly keptUntil: number;
  /** The decorated method that brought it. */
  readonly method: string | undefined;

  constructor(content: EntryContent) {
    this.dueAt = content.dueAt;
    this.stamp = content.stamp;
    this.#nature = (content.unfreezable ? UNFREEZABLE : 0) | (content.isForeign ? FOREIGN : 0);
    this.id = content.id;
    this.value = content.value;
    this.slots = content.slots;
    this.tags = content.tags;
    this.bytes = content.bytes;
    this.loadedAt = content.loadedAt;
    this.loadCost = content.loadCost;
    this.expiresAt = content.expiresAt;
    this.keptUntil = content.keptUntil;
    this.method = content.method;
  }

  /** Whether callers must get copies, because something in the value cannot be frozen. */
  get unfreezable(): boolean {
    return (this.#nature & UNFREEZABLE) !== 0;
  }

  /** Whether another process may have loaded it, so that only the table can tell whether it is still valid. */
  get isForeign(): boolean {
    return (this.#nature & FOREIGN) !== 0;
  }

  /** What a caller gets: the same promise for all, made at the first hit, so that later hits make nothing. */
  get promise(): Promise<unknown> {
    return this.#promise ?? this.#makePromise();
  }

  /** What {@link promise} resolves to. */
  get served(): unknown {
    return this.unfreezable ? copyOf(this.value) : this.value;
  }

  #makePromise(): Promise<unknown> {
    const promise = Promise.resolve(this.served);
    if (!this.unfreezable) this.#promise = promise;
    return promise;
  }
}

/** What an entry is made of. */
export type EntryContent = Omit<Entry, 'visited' | 'hits' | 'promise' | 'served'>;
