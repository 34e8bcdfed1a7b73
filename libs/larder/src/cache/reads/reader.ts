import type { Clock } from '../../base/clock.js';
import { idOf } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import type { MemoryStore } from '../entries/memory-store.js';
import { freshnessOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import type { CacheContext } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import { newFlight } from '../state/new-flight.js';
import type { Load } from '../state/read-request.js';
import type { CallCounters } from '../stats/statistics.js';
import type { Journal } from '../versions/journal.js';
import type { VersionTable } from '../versions/version-table.js';
import { withinHardTimeout } from './hard-timeout.js';
import { LoadSignal } from './load-signal.js';
import { Loader } from './loader.js';
import type { Lookup, TableState } from './lookup.js';
import { Refresher } from './refresher.js';
import { mayStandIn, withStaleIfError } from './stale-if-error.js';

const CURRENT: Lookup = { table: 'current' };

/** Answers from the store what may be served, and loads the rest once for all who ask. */
export class Reader {
  readonly #context: CacheContext;
  // What a hit needs, one step nearer.
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #store: MemoryStore;
  readonly #table: VersionTable;
  readonly #loader: Loader;
  readonly refresher: Refresher;

  constructor(context: CacheContext) {
    this.#context = context;
    this.#clock = context.clock;
    this.#journal = context.journal;
    this.#store = context.store;
    this.#table = context.table;
    this.#loader = new Loader(
      context,
      (now) => this.isCurrent(now),
      (path, load, policy) => void this.refresher.refresh(path, load, policy),
    );
    this.refresher = new Refresher(context, this.#loader);
  }

  /** The stored value of a path, or `undefined` if there is none that may be served just so. The whole of a hit. */
  hit(path: string, counters: CallCounters): Promise<unknown> | undefined {
    return this.hitEntry(idOf(path), counters)?.promise;
  }

  /** The entry of a hit, by its id. */
  hitEntry(id: string, counters: CallCounters): Entry | undefined {
    const entry = this.#store.get(id);
    if (entry === undefined) return undefined;
    const now = this.#now();
    if (entry.dueAt <= now || !this.#isValid(entry, now, false)) return undefined;
    counters.hits++;
    entry.hits++;
    return entry;
  }

  /**
   * The stored entry, whatever its age, if it is valid: nothing it depends on was invalidated since its load began, and the
   * table that says so is current (or the load itself is recent enough).
   *
   * @param confirmed the table was brought up to date for this entry after the read began
   */
  find(id: string, confirmed = false): Entry | undefined {
    const entry = this.#store.get(id);
    if (entry === undefined || !this.#isValid(entry, this.#now(), confirmed)) return undefined;
    return entry;
  }

  /** The same, if it has not expired. */
  findFresh(id: string): Entry | undefined {
    return this.#unexpired(this.find(id));
  }

  /** For a method that may be older rather than fail: what is stored, even if it is not known what was invalidated lately. */
  unconfirmed(id: string, { isUnconfirmedOk }: Policy): Entry | undefined {
    const entry = isUnconfirmedOk ? this.#store.peek(id) : undefined;
    const holds = entry !== undefined && this.#table.unchangedSince(entry.stamp, this.#context.slots.ofStored(entry));
    return holds ? entry : undefined;
  }

  /** Whether a read of this path would find a value, or a load to wait for. */
  isPrepared(path: string): boolean {
    const id = idOf(path);
    return this.#context.flights.of(id) !== undefined || this.findFresh(id) !== undefined;
  }

  /** After a miss: asks the journal if the table may not be relied upon, then joins the load under way or begins one. */
  read(path: string, load: Load, policy: Policy): Promise<unknown> {
    const before = this.#context.flights.made;
    if (policy.strong || !this.isCurrent()) {
      return this.confirm(path, policy).then((lookup) =>
        this.#answer(path, load, policy, lookup, lookup.entry, before),
      );
    }
    return this.#answer(path, load, policy, CURRENT, this.find(idOf(path)), before);
  }

  #answer(
    path: string,
    load: Load,
    policy: Policy,
    lookup: Lookup,
    entry: Entry | undefined,
    before: number,
  ): Promise<unknown> {
    const { counters } = policy;
    const freshness = entry === undefined ? 'over' : freshnessOf(entry, policy, this.#clock.elapsed());
    if (entry === undefined || freshness === 'fallback' || freshness === 'over') {
      counters.misses++;
      const standIn = entry ?? this.unconfirmed(idOf(path), policy);
      const outcome = this.#join(path, load, policy, lookup, before);
      return standIn === undefined || !mayStandIn(this.#context, standIn, policy)
        ? outcome
        : withStaleIfError(this.#context, standIn, policy, outcome);
    }
    if (freshness === 'stale') counters.stale++;
    else counters.hits++;
    entry.hits++;
    if (policy.outcome !== undefined) policy.outcome.entry = entry;
    if (freshness !== 'fresh') void this.refresher.refresh(path, load, policy);
    return Promise.resolve(entry.served);
  }

  /** Brings a value from its source although one may be stored, once for all who ask for that at the same time. */
  reload(path: string, load: Load, policy: Policy): Promise<unknown> {
    policy.counters.misses++;
    return this.#join(path, load, policy, 'source', this.#context.flights.made);
  }

  /** The entry of a path that has not expired, without loading. After a hit was not found. */
  async lookUp(path: string, policy: Policy): Promise<Entry | undefined> {
    const { shared } = this.#context;
    const id = idOf(path);
    if (this.isCurrent()) return shared?.isUsable ? this.#unexpired(await shared.find(id, policy)) : undefined;
    const { entry, table, fetched } = await this.confirm(path, policy);
    if (entry !== undefined || table !== 'confirmed' || !shared?.isUsable) return this.#unexpired(entry);
    return this.#unexpired(await shared.find(id, policy, this.#slotsOf(path, policy), fetched));
  }

  /** Brings the table up to date for one path and answers the entry that is valid then. */
  async confirm(path: string, policy: Policy): Promise<Lookup> {
    const { shared, slots } = this.#context;
    const id = idOf(path);
    const before = this.#store.get(id);
    const began = this.#clock.elapsed();
    // Asked for in the same breath, so that both answers come with one round trip.
    const fetched = before === undefined && policy.isShared && shared?.isUsable ? shared.fetch([id]) : undefined;
    const own = this.#slotsOf(path, policy);
    const answered = await this.#journal.confirm(
      before === undefined ? own : [...new Set([...own, ...slots.ofStored(before)])],
    );
    const table = answered ? 'confirmed' : policy.strong ? 'unknown' : 'current';
    // An entry that came meanwhile may depend on tags the journal was not asked for.
    const covered = answered && this.#store.get(id) === before;
    const entry = this.find(id, covered);
    const mayServe = covered || !policy.strong || (entry !== undefined && !entry.isForeign && entry.loadedAt > began);
    return { entry: mayServe ? entry : undefined, table, fetched };
  }

  #join(path: string, load: Load, policy: Policy, lookup: Lookup | 'source', before: number): Promise<unknown> {
    const id = idOf(path);
    const { chain, flights } = this.#context;
    const flight = flights.of(id);
    const table = lookup === 'source' ? 'current' : lookup.table;
    try {
      if (chain.isInside(id, load, policy)) return this.#beginNested(path, load, policy);
    } catch (error) {
      return Promise.reject(error);
    }
    if (flight === undefined || !this.isJoinable(flight, table, before)) {
      return this.#begin(path, load, policy, lookup);
    }
    if (chain.waitsForUs(flight)) return this.#beginNested(path, load, policy);
    chain.note(flight);
    policy.counters.coalesced++;
    if (policy.outcome !== undefined) policy.outcome.came = 'coalesced';
    return this.settle(flight) ?? this.joinLate(flight, path, load, policy);
  }

  /**
   * Whether a read may have what this load will bring: nothing it depends on was invalidated since it began, as far as the
   * table can tell. Where it cannot, the load must have begun after the read did, or within `maxStaleness`.
   *
   * @param before how many flights had been made when the read began
   */
  isJoinable(flight: Flight, table: TableState, before: number): boolean {
    if (!this.#table.unchangedSince(flight.stamp, flight.slots)) return false;
    if (flight.number > before) return true;
    if (table === 'current') return this.isCurrent() || this.#isRecent(flight.startedAt, this.#clock.elapsed());
    return table === 'confirmed' && !flight.lateTags;
  }

  /** The outcome of a load that was joined, unless it has to be looked at again when its tags are known. */
  settle(flight: Flight): Promise<unknown> | undefined {
    return flight.lateTags && flight.stamp !== this.#table.sequence ? undefined : flight.promise;
  }

  /** Something was invalidated before this caller came: perhaps a tag that the value turns out to have. */
  async joinLate(flight: Flight, path: string, load: Load, policy: Policy): Promise<unknown> {
    const value = await flight.promise;
    if (this.#table.unchangedSince(flight.stamp, flight.slots)) return value;
    return this.hit(path, policy.counters) ?? this.read(path, load, policy);
  }

  #begin(path: string, load: Load, policy: Policy, lookup: Lookup | 'source'): Promise<unknown> {
    const { flights, shared } = this.#context;
    const flight = newFlight(this.#context, path, policy);
    this.#context.chain.note(flight);
    const loadSignal = new LoadSignal(this.#context.closing);
    const brought =
      lookup !== 'source' && policy.isShared && shared?.isUsable
        ? this.#loader.bring(flight, lookup, { path, load, policy, loadSignal, shared })
        : this.#loader.load(flight, load, policy, loadSignal);
    const outcome = withinHardTimeout(this.#context, [flight], loadSignal, policy, brought);
    flight.resolvesLike(outcome);
    flights.begin(flight);
    return outcome;
  }

  /** For a load that brings the same key, or that the flight of the key waits for: others neither join nor get it. */
  #beginNested(path: string, load: Load, policy: Policy): Promise<unknown> {
    const flight = newFlight(this.#context, path, policy);
    flight.isNested = true;
    this.#context.chain.note(flight);
    const loadSignal = new LoadSignal(this.#context.closing);
    const brought = this.#loader.load(flight, load, policy, loadSignal);
    return withinHardTimeout(this.#context, [flight], loadSignal, policy, brought);
  }

  /** Keeps what a load brought. */
  land(flight: Flight, value: unknown, policy: Policy): Entry | undefined {
    return this.#loader.land(flight, value, policy);
  }

  /** Ends a flight with what another process loaded. */
  arrive(flight: Flight, entry: Entry): unknown {
    return this.#loader.arrive(flight, entry);
  }

  #slotsOf(path: string, policy: Policy): number[] {
    return this.#context.slots.ofEntry(path, typeof policy.tags === 'function' ? [] : policy.tags);
  }

  #unexpired(entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && this.#clock.elapsed() < entry.expiresAt ? entry : undefined;
  }

  /** Whether the table holds every invalidation that was acknowledged anywhere more than `maxStaleness` ago. */
  isCurrent(now = this.#clock.elapsed()): boolean {
    const { syncedAt } = this.#journal;
    return syncedAt === Number.POSITIVE_INFINITY || this.#isRecent(syncedAt, now);
  }

  /** Where nodes share a journal the exact time: a turn that lasts long must not hide how old the table is. */
  #now(): number {
    return this.#journal.syncedAt === Number.POSITIVE_INFINITY ? this.#clock.turn() : this.#clock.elapsed();
  }

  #isValid(entry: Entry, now: number, confirmed: boolean): boolean {
    if (entry.stamp !== this.#table.sequence) {
      if (!this.#table.unchangedSince(entry.stamp, this.#context.slots.ofStored(entry))) {
        this.#store.delete(entry.id);
        return false;
      }
      entry.stamp = this.#table.sequence;
    }
    const { syncedAt } = this.#journal;
    if (syncedAt === Number.POSITIVE_INFINITY || confirmed || this.#isRecent(syncedAt, now)) return true;
    return !entry.isForeign && this.#isRecent(entry.loadedAt, now);
  }

  #isRecent(moment: number, now: number): boolean {
    return now - moment < this.#context.maxStaleness;
  }
}
