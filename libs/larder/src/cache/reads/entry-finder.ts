import type { Clock } from '../../base/clock.js';
import { HIT, REFUSE } from '../../base/signals/cache-signals.js';
import { JoinedPaths } from '../../keys/joined-paths.js';
import { encodePath, idOf, type Key } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import { memberBytes } from '../entries/heap-size.js';
import type { MemoryStore } from '../entries/memory-store.js';
import { WriteBatch } from '../observed/writing.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';
import type { HitAudit } from '../state/hit-audit.js';
import type { LoadChain } from '../state/load-chain.js';
import type { AccessWatch } from '../stats/access-watch.js';
import type { CallCounters } from '../stats/statistics.js';
import { ROOT_SLOT } from '../versions/slots.js';
import type { SyncState } from '../versions/sync-state.js';
import type { VersionTable } from '../versions/version-table.js';
import type { Lookup } from './lookup.js';

/** Of the hits of each method, those whose number has none of these bits are sent on the channel of hits: one of 64. */
const HIT_SAMPLE = 63;

/** Finds stored entries that may be served. */
export class EntryFinder {
  readonly #context: CacheContext;
  readonly #paths = new JoinedPaths();
  // What a hit needs, without a step through the context.
  readonly #audit: HitAudit | undefined;
  readonly #watch: AccessWatch | undefined;
  readonly #chain: LoadChain;
  readonly #clock: Clock;
  readonly #store: MemoryStore;
  readonly #sync: SyncState;
  readonly #table: VersionTable;
  /** Whether a hit has more to do than serve, for the audit or for loads that are observed. One field, so that other hits pay once. */
  #hasExtras: boolean;
  /** The id of the last entry that was found and not served because it was invalidated. */
  #refusedId: string | undefined;

  constructor(context: CacheContext) {
    this.#context = context;
    this.#audit = context.audit;
    this.#watch = context.watch;
    this.#chain = context.chain;
    this.#clock = context.clock;
    this.#store = context.store;
    this.#sync = context.sync;
    this.#table = context.table;
    this.#hasExtras = context.audit !== undefined;
    context.chain.onObserved(() => this.observe());
  }

  /** From now on values may depend on what their loads are observed to read. */
  observe(): void {
    this.#hasExtras = true;
  }

  /** {@link hit} for a key. The whole path of most hits, which need no look at the letters of the key. */
  hitKey(key: Key, counters: CallCounters): Promise<unknown> | undefined {
    const joined = this.#paths.of(key);
    const entry = joined === undefined ? undefined : this.#store.get(joined);
    if (entry !== undefined && entry.parts === key.length) return this.#served(entry, counters)?.promise;
    return this.hit(encodePath(key), counters);
  }

  /** The promise of the stored value, if it can be served right away. */
  hit(path: string, counters: CallCounters): Promise<unknown> | undefined {
    return this.hitEntry(idOf(path), counters)?.promise;
  }

  /** The entry of a hit. */
  hitEntry(id: string, counters: CallCounters): Entry | undefined {
    const entry = this.#store.get(id);
    return entry && this.#served(entry, counters);
  }

  #served(entry: Entry, counters: CallCounters): Entry | undefined {
    const { isLocal } = this.#sync;
    const now = this.#now(isLocal);
    if (!this.#isValid(entry, now, isLocal)) return undefined;
    if (this.#hasExtras && !this.#doExtras(entry, now)) return undefined;
    if (entry.checkAt <= now && !this.#isWatchedOnly(entry, now)) return undefined;
    entry.hits++;
    counters.hits++;
    // Small, so that the engine inlines it into every hit.
    if ((counters.hits & HIT_SAMPLE) === 0) this.#announce(entry, now);
    return entry;
  }

  /** @returns whether the entry may be served right away */
  #doExtras(entry: Entry, now: number): boolean {
    // A hit in the sample of the audit needs its loader: it is served as after a miss.
    if (entry.dueAt <= now || this.#audit?.isDue(entry)) return false;
    // After a write of the same work the read waits, and finds out whether the entry is still valid.
    if (WriteBatch.unsettled !== undefined) return false;
    if (this.#chain.isObserving) this.inherit(entry);
    return true;
  }

  /** An entry is looked at if it is due, or if the adviser watches it. */
  #isWatchedOnly(entry: Entry, now: number): boolean {
    if (entry.dueAt <= now) return false;
    this.#watch?.served(entry, now);
    return true;
  }

  /** The load that makes this read, if it is observed, depends on what the entry depends on. */
  inherit(entry: Entry): void {
    const { id, stamp, loadedAt } = entry;
    this.#chain.observing?.inherit({ id, stamp, loadedAt, slots: this.#context.slots.ofStored(entry) });
  }

  /** Counts a hit, and tells of it if it is in one of the samples. */
  count(entry: Entry, counters: CallCounters, now: number): void {
    counters.hits++;
    if (entry.isWatched) this.#watch?.served(entry, now);
    if ((counters.hits & HIT_SAMPLE) === 0) this.#announce(entry, now);
  }

  /** Counts a read that is served a stale value. */
  countStale(entry: Entry, counters: CallCounters, now: number): void {
    counters.stale++;
    if (entry.isWatched) this.#watch?.served(entry, now);
  }

  /** Counts a read that finds nothing it may be served. */
  countMiss(id: string, { counters, method }: Policy): void {
    counters.misses++;
    if (this.#watch !== undefined) this.#watch.missed(id, method, this.#clock.turn());
  }

  #announce({ id, loadedAt, method }: Entry, now: number): void {
    if (HIT.isHeard) HIT.send({ method, id, age: now - loadedAt });
  }

  /**
   * The stored entry if it is valid, whatever its age: no dependency was invalidated since its load began, and the table is
   * current (or the load itself is recent enough).
   *
   * @param confirmed whether the table was updated for this entry after the read began
   */
  find(id: string, confirmed = false): Entry | undefined {
    const entry = this.#store.get(id);
    if (entry === undefined) return undefined;
    const { isLocal } = this.#sync;
    return this.#isValid(entry, this.#now(isLocal), isLocal || confirmed) ? entry : undefined;
  }

  /** The same, if it has not expired. */
  findFresh(id: string): Entry | undefined {
    return this.#unexpired(this.find(id));
  }

  /** Whether the entry of an id was refused last. Ask right after it was looked for; the next answer is no. */
  takeRefusal(id: string): boolean {
    if (this.#refusedId !== id) return false;
    this.#refusedId = undefined;
    return true;
  }

  /** The stored entry for a method that prefers a possibly invalidated value to an error. */
  unconfirmed(id: string, { isUnconfirmedOk }: Policy): Entry | undefined {
    const entry = isUnconfirmedOk ? this.#store.peek(id) : undefined;
    const holds = entry !== undefined && this.#table.unchangedSince(entry.stamp, this.#context.slots.ofStored(entry));
    return holds ? entry : undefined;
  }

  /** Whether a read of this path would find a value, or a load to join. */
  isPrepared(path: string): boolean {
    const id = idOf(path);
    return this.#context.flights.of(id) !== undefined || this.findFresh(id) !== undefined;
  }

  /** The entry of a path if it has not expired, without loading. Called after a miss. */
  async lookUp(path: string, policy: Policy): Promise<Entry | undefined> {
    const { shared } = this.#context;
    const id = idOf(path);
    if (this.#sync.isCurrent()) return shared?.isUsable ? this.#unexpired(await shared.find(id, policy)) : undefined;
    const { entry, table, fetched } = await this.confirm(path, policy);
    if (entry !== undefined || table !== 'confirmed' || !shared?.isUsable) return this.#unexpired(entry);
    return this.#unexpired(await shared.find(id, policy, this.#slotsOf(path, policy), fetched));
  }

  /** Updates the table for one path, and returns its entry if it is valid then. */
  async confirm(path: string, policy: Policy): Promise<Lookup> {
    const { shared, slots } = this.#context;
    const id = idOf(path);
    const before = this.#store.get(id);
    const began = this.#clock.elapsed();
    // In the same round trip as the question to the journal.
    const fetched = before === undefined && policy.isShared && shared?.isUsable ? shared.fetch([id]) : undefined;
    const own = this.#slotsOf(path, policy);
    const answered = await this.#context.journal.confirm(
      before === undefined ? own : [...new Set([...own, ...slots.ofStored(before)])],
    );
    const table = answered ? 'confirmed' : policy.strong ? 'unknown' : 'current';
    // An entry stored meanwhile may depend on tags that the journal was not asked about.
    const covered = answered && this.#store.get(id) === before;
    const entry = this.find(id, covered);
    const isRefused = this.takeRefusal(id);
    const mayServe = covered || !policy.strong || (entry !== undefined && !entry.isForeign && entry.loadedAt > began);
    return { entry: mayServe ? entry : undefined, table, fetched, isRefused };
  }

  #slotsOf(path: string, policy: Policy): number[] {
    return this.#context.slots.ofEntry(path, typeof policy.tags === 'function' ? [] : policy.tags);
  }

  #unexpired(entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && this.#clock.elapsed() < entry.expiresAt ? entry : undefined;
  }

  /** The exact time if nodes share a journal: during a long turn the table ages unnoticed. */
  #now(isLocal: boolean): number {
    return isLocal ? this.#clock.turn() : this.#clock.elapsed();
  }

  /** @param isComplete whether the table has every invalidation so far that affects the entry */
  #isValid(entry: Entry, now: number, isComplete: boolean): boolean {
    if (entry.stamp !== this.#table.sequence) {
      if (!this.#isUnchanged(entry)) {
        this.#refuse(entry, now);
        return false;
      }
      entry.stamp = this.#table.sequence;
    }
    if (isComplete || this.#sync.isCurrent(now)) return true;
    return !entry.isForeign && this.#sync.isRecent(entry.loadedAt, now);
  }

  /** Whether no slot of an entry has changed since its load began. Its slots are computed once. */
  #isUnchanged(entry: Entry): boolean {
    const { ownSlot } = entry;
    if (ownSlot !== 0) return this.#table.unchangedBoth(entry.stamp, ownSlot, entry.prefixSlot);
    return this.#table.unchangedSince(entry.stamp, entry.slots ?? this.#keepSlots(entry));
  }

  #keepSlots(entry: Entry): readonly number[] {
    const slots = this.#context.slots.ofStored(entry);
    const [ownSlot = 0, prefixSlot = ROOT_SLOT] = slots;
    if (slots.length <= 2) entry.hasOnly(ownSlot, prefixSlot);
    // A copy has no room for more.
    else if (this.#store.enlarge(entry, memberBytes(slots.length, true))) entry.slots = slots.slice();
    return slots;
  }

  #refuse({ id, loadedAt, method }: Entry, now: number): void {
    this.#store.delete(id);
    this.#refusedId = id;
    this.#context.statistics.dropped++;
    if (REFUSE.isHeard) REFUSE.send({ method, id, tier: 'memory', age: now - loadedAt });
  }
}
