import { unescapedPartsOf } from '../../keys/joined-paths.js';
import { copyOf } from './copy.js';

const UNFREEZABLE = 1;
const FOREIGN = 2;
const VISITED = 4;
const SHARED = 8;
/** The bits of the flags above those: the number of parts, and above it the own slot. */
const PARTS_SHIFT = 4;
const PARTS = 7;
const SLOT_SHIFT = 7;
const FLAGS = 2 ** SLOT_SHIFT - 1;
/** The bits of the rank, below those of the prefix's slot. */
const RANK_BITS = 9;
const RANK = 2 ** RANK_BITS - 1;

/** What a value costs that another tier has too, in milliseconds: a round trip and its decoding, about. */
const ROUND_TRIP = 1;

/** A slot, and a short text that explains it. */
export interface Dependency {
  readonly slot: number;
  readonly text: string;
  /** Estimated bytes of what the text is made of, where it is long. */
  readonly bytes?: number | undefined;
}

/** A stored value, with what decides whether it may still be served. */
export class Entry {
  // The fields that a hit reads come first, so that a hit touches one or two cache lines.
  #promise: Promise<unknown> | undefined;
  /**
   * From when on a hit must do more than serve: {@link dueAt}, or a time below zero for an entry whose hits are watched. All times
   * here are on the clock's `elapsed`.
   */
  checkAt: number;
  /** The sequence number of the table up to which its slots are known to be unchanged since its load began. */
  stamp: number;
  // Flags and a slot in one field keep an entry small.
  #nature: number;
  #prefixAndRank = 0;
  /** How many times it was served. */
  hits = 0;
  /** Its path; a long path ends with a digest. */
  readonly id: string;
  readonly value: unknown;
  /** Its slots besides the root, its own first; `undefined` where its id and tags determine them and no check has kept them. */
  slots: readonly number[] | undefined;
  readonly tags: readonly string[];
  /** Estimated bytes of key, value, bookkeeping and data kept beside it. Only `MemoryStore.enlarge` adds to it. */
  bytes: number;
  /** When its load began. */
  readonly loadedAt: number;
  /** How long its load took, in milliseconds; 0 for a value stored by `set`. */
  readonly loadCost: number;
  /** When its TTL ends. */
  readonly expiresAt: number;
  /** Until when it can be served at all: later than `expiresAt` where stale values are allowed. */
  readonly keptUntil: number;
  /** The decorated method that loaded it. */
  readonly method: string | undefined;
  /** What some of {@link slots} stand for, if its id and tags do not tell. */
  readonly dependencies: readonly Dependency[] | undefined;
  // Of the store: its neighbours in a queue, and when it is due.
  due: number;
  next: this | undefined;
  previous: this | undefined;

  constructor(content: EntryContent) {
    // An entry of another process may have been due before this process began.
    this.checkAt = Math.max(0, content.dueAt);
    this.stamp = content.stamp;
    this.#nature =
      (content.unfreezable ? UNFREEZABLE : 0) |
      (content.isForeign ? FOREIGN : 0) |
      (content.isShared ? SHARED : 0) |
      (unescapedPartsOf(content.id) << PARTS_SHIFT);
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
    this.dependencies = content.dependencies;
    // Not where they are declared: those fields come before all others.
    this.due = 0;
    this.next = undefined;
    this.previous = undefined;
  }

  /** A hit sets it, and the store clears it when it looks for an entry to evict. */
  get visited(): boolean {
    return (this.#nature & VISITED) !== 0;
  }

  set visited(isVisited: boolean) {
    this.#nature = isVisited ? this.#nature | VISITED : this.#nature & ~VISITED;
  }

  /** How many parts its id consists of, by {@link unescapedPartsOf}. */
  get parts(): number {
    return (this.#nature >>> PARTS_SHIFT) & PARTS;
  }

  /** Its own slot if that one and {@link prefixSlot} are all it has besides the root, and are known; else 0. */
  get ownSlot(): number {
    return this.#nature >>> SLOT_SHIFT;
  }

  /** The slot of its only prefix; 0, the root's, without one. */
  get prefixSlot(): number {
    return this.#prefixAndRank >>> RANK_BITS;
  }

  /** Nine bits of the store. */
  get rank(): number {
    return this.#prefixAndRank & RANK;
  }

  set rank(rank: number) {
    this.#prefixAndRank = (this.#prefixAndRank & ~RANK) | rank;
  }

  /** Notes the only slots that it has besides the root: without an array they take no memory. */
  hasOnly(ownSlot: number, prefixSlot: number): void {
    this.#nature = (this.#nature & FLAGS) | (ownSlot << SLOT_SHIFT);
    this.#prefixAndRank = (prefixSlot << RANK_BITS) | this.rank;
  }

  /** From when on a hit must check expiry and refresh-ahead. */
  get dueAt(): number {
    return this.checkAt < 0 ? -1 - this.checkAt : this.checkAt;
  }

  /** Whether each hit is reported to the cache's `AccessWatch`. The sign of a field tells it, so that other hits pay nothing. */
  get isWatched(): boolean {
    return this.checkAt < 0;
  }

  watch(): void {
    this.checkAt = -1 - this.dueAt;
  }

  unwatch(): void {
    this.checkAt = this.dueAt;
  }

  /** Milliseconds until its value would be here again; 0 for a value that was stored by `set`, in memory alone. */
  get reloadCost(): number {
    return (this.#nature & (FOREIGN | SHARED)) === 0 ? this.loadCost : ROUND_TRIP;
  }

  /** Whether it is also offered to the tier that nodes share. */
  get isShared(): boolean {
    return (this.#nature & SHARED) !== 0;
  }

  /** Whether callers must get copies, because part of the value cannot be frozen. */
  get unfreezable(): boolean {
    return (this.#nature & UNFREEZABLE) !== 0;
  }

  /** Whether another process may have loaded it: then only the table can tell whether it is valid. */
  get isForeign(): boolean {
    return (this.#nature & FOREIGN) !== 0;
  }

  /** What a caller gets: one promise for all callers, made at the first hit so that later hits allocate nothing. */
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

export type EntryContent = Omit<
  Entry,
  | 'visited'
  | 'parts'
  | 'prefixSlot'
  | 'ownSlot'
  | 'hasOnly'
  | 'hits'
  | 'promise'
  | 'served'
  | 'checkAt'
  | 'isWatched'
  | 'watch'
  | 'unwatch'
  | 'reloadCost'
  | 'rank'
  | 'due'
  | 'next'
  | 'previous'
  | 'dependencies'
> &
  Partial<Pick<Entry, 'dependencies'>>;
