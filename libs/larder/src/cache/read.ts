import type { Clock } from '../clock.js';
import { idOf } from '../keys/key.js';
import type { Entry } from './entry.js';
import { Flight } from './flight.js';
import type { Journal } from './journal.js';
import { type Load, Loader } from './load.js';
import type { Looked, TableState } from './looked.js';
import type { Parts } from './parts.js';
import type { Policy } from './policy.js';
import type { CallCounters } from './statistics.js';
import type { Store } from './store.js';
import type { VersionTable } from './versions.js';

const CURRENT: Looked = { table: 'current' };

/** Answers from the store what may be served, and loads the rest once for all who ask. */
export class Reader {
  readonly #parts: Parts;
  // What a hit needs, one step nearer.
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #store: Store;
  readonly #table: VersionTable;
  readonly #loader: Loader;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#journal = parts.journal;
    this.#store = parts.store;
    this.#table = parts.table;
    this.#loader = new Loader(parts, () => this.isCurrent());
  }

  /** The stored value of a path, or `undefined` if there is none that may be served now. The whole of a hit. */
  hit(path: string, counters: CallCounters): Promise<unknown> | undefined {
    const entry = this.find(idOf(path));
    if (entry === undefined) return undefined;
    counters.hits++;
    return entry.promise;
  }

  /**
   * The stored entry, if it may be served now: it has not expired, nothing it depends on was invalidated since its load
   * began, and the table that says so is current (or the load itself is recent enough).
   *
   * @param confirmed the table was brought up to date for this entry after the read began
   */
  find(id: string, confirmed = false): Entry | undefined {
    const entry = this.#store.get(id);
    if (entry === undefined) return undefined;
    if (entry.expiresAt <= this.#clock.turn()) return undefined;
    if (entry.stamp !== this.#table.sequence) {
      if (!this.#table.unchangedSince(entry.stamp, this.#parts.slots.ofStored(entry))) {
        this.#store.delete(id);
        return undefined;
      }
      entry.stamp = this.#table.sequence;
    }
    return confirmed || this.isCurrent() || this.#isOwnAndRecent(entry) ? entry : undefined;
  }

  /** After a miss: asks the journal if the table may not be relied upon, then joins the load under way or begins one. */
  async read(path: string, load: Load, policy: Policy): Promise<unknown> {
    policy.counters.misses++;
    const before = this.#parts.flights.begun;
    if (!policy.strong && this.isCurrent()) return this.#join(path, load, policy, CURRENT, before);
    const { entry, ...looked } = await this.confirm(path, policy);
    return entry === undefined ? this.#join(path, load, policy, looked, before) : entry.served;
  }

  /** The entry of a path that may be served, without loading. After a hit was not found. */
  async lookUp(path: string, policy: Policy): Promise<Entry | undefined> {
    const { shared } = this.#parts;
    if (this.isCurrent()) return shared?.isUsable ? shared.find(idOf(path)) : undefined;
    const { entry, table, fetched } = await this.confirm(path, policy);
    if (entry !== undefined || table !== 'confirmed') return entry;
    return shared?.isUsable ? shared.find(idOf(path), this.#slotsOf(path, policy), fetched) : undefined;
  }

  /** Brings the table up to date for one path and answers the entry that may be served then. */
  async confirm(path: string, policy: Policy): Promise<Looked & { readonly entry: Entry | undefined }> {
    const { shared, slots } = this.#parts;
    const id = idOf(path);
    const before = this.#store.get(id);
    const began = this.#clock.elapsed();
    // Asked for in the same breath, so that both answers come with one round trip.
    const fetched = before === undefined && shared?.isUsable ? shared.fetch([id]) : undefined;
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

  #join(path: string, load: Load, policy: Policy, looked: Looked, before: number): Promise<unknown> {
    const flight = this.#parts.flights.of(idOf(path));
    if (flight === undefined || !this.isJoinable(flight, looked.table, before)) {
      return this.#begin(path, load, policy, looked);
    }
    policy.counters.joined++;
    return this.settle(flight) ?? this.joinLate(flight, path, load, policy);
  }

  /**
   * Whether a read may have what this load will bring: nothing it depends on was invalidated since it began, as far as the
   * table can tell. Where it cannot, the load must have begun after the read did, or within `maxStaleness`.
   *
   * @param before how many flights had begun when the read did
   */
  isJoinable(flight: Flight, table: TableState, before: number): boolean {
    if (!this.#table.unchangedSince(flight.stamp, flight.slots)) return false;
    if (flight.number > before) return true;
    if (table === 'current') return this.isCurrent() || this.#isRecent(flight.startedAt);
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

  #begin(path: string, load: Load, policy: Policy, looked: Looked): Promise<unknown> {
    const flight = this.newFlight(path, policy);
    flight.promise = this.#parts.shared?.isUsable
      ? this.#loader.bring(flight, load, policy, looked)
      : this.#loader.load(flight, load, policy);
    this.#parts.flights.begin(flight);
    return flight.promise;
  }

  /** A flight that begins now, with the stamp its value will carry. */
  newFlight(path: string, policy: Policy): Flight {
    const { flights } = this.#parts;
    const late = typeof policy.tags === 'function';
    const slots = this.#slotsOf(path, policy);
    return new Flight(flights.begun + 1, idOf(path), slots, late, this.#table.sequence, this.#clock.elapsed());
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
    return this.#parts.slots.ofEntry(path, typeof policy.tags === 'function' ? [] : policy.tags);
  }

  /** Whether the table holds every invalidation that was acknowledged anywhere more than `maxStaleness` ago. */
  isCurrent(): boolean {
    const { syncedAt } = this.#journal;
    return syncedAt === Number.POSITIVE_INFINITY || this.#isRecent(syncedAt);
  }

  #isOwnAndRecent(entry: Entry): boolean {
    return !entry.isForeign && this.#isRecent(entry.loadedAt);
  }

  /** Asks the exact time: a turn of the event loop that lasts long must not hide how old something is. */
  #isRecent(moment: number): boolean {
    return this.#clock.elapsed() - moment < this.#parts.maxStaleness;
  }
}
