import type { Clock } from '../../base/clock.js';
import { idOf } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import type { ObservedLoad } from '../observed/observed-load.js';
import { WriteBatch } from '../observed/writing.js';
import { freshnessOf } from '../policy/freshness.js';
import type { CacheContext } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import { newFlight } from '../state/new-flight.js';
import type { ReadRequest } from '../state/read-request.js';
import type { SyncState } from '../versions/sync-state.js';
import type { VersionTable } from '../versions/version-table.js';
import type { EntryFinder } from './entry-finder.js';
import { withinHardTimeout } from './hard-timeout.js';
import { LoadSignal } from './load-signal.js';
import type { Loader } from './loader.js';
import type { Lookup, TableState } from './lookup.js';
import type { Refresher } from './refresher.js';
import { isRetryPaused, mayStandIn, standIn, withStaleIfError } from './stale-if-error.js';
import { TierLoader } from './tier-loader.js';

const CURRENT: Lookup = { table: 'current' };
const FROM_SOURCE: Lookup = { table: 'current', isFromSource: true };

/** Serves a read after a miss: from the store, or by a load that all concurrent reads of the key share. */
export class Reader {
  readonly #context: CacheContext;
  readonly #clock: Clock;
  readonly #sync: SyncState;
  readonly #table: VersionTable;
  readonly #finder: EntryFinder;
  readonly #loader: Loader;
  readonly #tierLoader: TierLoader;
  readonly #refresher: Refresher;

  constructor(context: CacheContext, finder: EntryFinder, loader: Loader, refresher: Refresher) {
    this.#context = context;
    this.#clock = context.clock;
    this.#sync = context.sync;
    this.#table = context.table;
    this.#finder = finder;
    this.#loader = loader;
    this.#tierLoader = new TierLoader(context, loader, refresher);
    this.#refresher = refresher;
  }

  /** After a miss: asks the journal if the table is not recent enough, then joins a running load or begins one. */
  read(request: ReadRequest): Promise<unknown> {
    const { unsettled } = WriteBatch;
    if (unsettled !== undefined) return unsettled.settle().then(() => this.read(request));
    const { observing } = this.#context.chain;
    if (observing === undefined) return this.#read(request);
    return this.#read(request).then((value) => {
      if (request.entry !== undefined) this.#finder.inherit(request.entry);
      else inheritFlight(observing, request.flight);
      return value;
    });
  }

  #read(request: ReadRequest): Promise<unknown> {
    const before = this.#context.flights.made;
    const { path, policy } = request;
    const fresh = this.#context.audit?.fresh(request);
    if (fresh !== undefined) return fresh;
    if (policy.strong || !this.#sync.isCurrent()) {
      return this.#finder.confirm(path, policy).then((lookup) => this.#answer(request, lookup, lookup.entry, before));
    }
    return this.#answer(request, CURRENT, this.#finder.find(idOf(path)), before);
  }

  #answer(request: ReadRequest, lookup: Lookup, entry: Entry | undefined, before: number): Promise<unknown> {
    const { path, policy } = request;
    const { counters } = policy;
    const now = entry === undefined ? 0 : this.#clock.elapsed();
    const freshness = entry === undefined ? 'over' : freshnessOf(entry, policy, now);
    if (entry === undefined || freshness === 'fallback' || freshness === 'over') {
      this.#finder.countMiss(idOf(path), policy);
      if (entry !== undefined && freshness === 'fallback' && isRetryPaused(this.#context, entry, policy)) {
        return Promise.resolve(standIn(entry, request));
      }
      request.isRefused = lookup.isRefused === true || this.#finder.takeRefusal(idOf(path));
      const stale = entry ?? this.#finder.unconfirmed(idOf(path), policy);
      const value = this.#join(request, lookup, before);
      return stale === undefined || !mayStandIn(this.#context, stale, policy)
        ? value
        : withStaleIfError(this.#context, stale, request, value);
    }
    if (freshness === 'stale') this.#finder.countStale(entry, counters, now);
    else this.#finder.count(entry, counters, now);
    entry.hits++;
    request.entry = entry;
    if (freshness !== 'fresh') void this.#refresher.refresh(request);
    if (freshness !== 'stale') this.#context.audit?.served(request, entry);
    return Promise.resolve(entry.served);
  }

  /** Loads a value from its source even if one is stored, once for all callers that ask for that at the same time. */
  reload(request: ReadRequest): Promise<unknown> {
    this.#finder.countMiss(idOf(request.path), request.policy);
    return this.#join(request, FROM_SOURCE, this.#context.flights.made);
  }

  #join(request: ReadRequest, lookup: Lookup, before: number): Promise<unknown> {
    const { path, load, policy } = request;
    const id = idOf(path);
    const { chain, flights } = this.#context;
    const flight = flights.of(id);
    try {
      if (chain.isInside(id, load, policy)) return this.#beginNested(request);
    } catch (error) {
      return Promise.reject(error);
    }
    if (flight === undefined || !this.isJoinable(flight, lookup.table, before)) return this.#begin(request, lookup);
    if (chain.waitsForUs(flight)) return this.#beginNested(request);
    chain.note(flight);
    flight.trace?.join();
    request.flight = flight;
    policy.counters.coalesced++;
    request.outcome = 'coalesced';
    return this.settle(flight) ?? this.joinLate(flight, request);
  }

  /**
   * Whether a read may share the value of this load: no dependency was invalidated since it began, as far as the table tells.
   * If it cannot tell, the load must have begun after the read, or within `maxStaleness`.
   *
   * @param before how many flights had been made when the read began
   */
  isJoinable(flight: Flight, table: TableState, before: number): boolean {
    if (!this.#table.unchangedSince(flight.stamp, flight.slots)) return false;
    if (flight.number > before) return true;
    if (table === 'current') {
      return this.#sync.isCurrent() || this.#sync.isRecent(flight.startedAt, this.#clock.elapsed());
    }
    return table === 'confirmed' && !flight.isLate;
  }

  /** The promise of a load to join; `undefined` if the caller must check again when its slots are known. */
  settle(flight: Flight): Promise<unknown> | undefined {
    return flight.isLate && !this.#isNew(flight) ? undefined : flight.promise;
  }

  /**
   * Joins a load that began some time ago, or before an invalidation: its value may turn out to depend on what was invalidated, and if
   * that remains unknown, it must not be older than `maxStaleness`.
   */
  async joinLate(flight: Flight, request: ReadRequest): Promise<unknown> {
    const value = await flight.promise;
    if (flight.isComplete && this.#table.unchangedSince(flight.stamp, flight.slots)) return value;
    return this.#finder.hit(request.path, request.policy.counters) ?? this.read(request);
  }

  /** Whether nothing was invalidated or written here since a load began, and that is not long ago. */
  #isNew({ stamp, startedAt }: Flight): boolean {
    return stamp === this.#table.sequence && this.#sync.isRecent(startedAt, this.#clock.elapsed());
  }

  #begin(request: ReadRequest, lookup: Lookup): Promise<unknown> {
    const { chain, closing, flights, shared } = this.#context;
    const { path, policy } = request;
    const flight = newFlight(this.#context, path, policy);
    request.flight = flight;
    chain.note(flight);
    const loadSignal = new LoadSignal(closing);
    const loaded =
      lookup.isFromSource !== true && policy.isShared && shared?.isUsable
        ? this.#tierLoader.load({ flight, request, loadSignal, shared }, lookup)
        : this.#loader.load(flight, request, loadSignal);
    const value = withinHardTimeout(this.#context, [flight], loadSignal, policy, loaded);
    flight.resolvesLike(value);
    flights.begin(flight);
    return value;
  }

  /** For a load of the same key, or one that the flight of the key waits for: no other caller joins it. */
  #beginNested(request: ReadRequest): Promise<unknown> {
    const flight = newFlight(this.#context, request.path, request.policy);
    flight.isNested = true;
    request.flight = flight;
    this.#context.chain.note(flight);
    const loadSignal = new LoadSignal(this.#context.closing);
    const loaded = this.#loader.load(flight, request, loadSignal);
    return withinHardTimeout(this.#context, [flight], loadSignal, request.policy, loaded);
  }
}

/** Rule 3: a load that waited for another one depends on what that one depends on. */
export function inheritFlight(observing: ObservedLoad, flight: Flight | undefined): void {
  if (flight?.isComplete)
    observing.inherit({ id: flight.id, slots: flight.slots, stamp: flight.stamp, loadedAt: flight.startedAt });
  else observing.refuse('it contains a cached value whose dependencies are not known', flight?.passes);
}
