import type { Clock } from '../../base/clock.js';
import type { Entry } from '../entries/entry.js';
import { freshnessOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import type { Lease, Leases } from '../shared-tier/leases.js';
import type { Fetched, SharedTier } from '../shared-tier/shared-tier.js';
import type { CacheContext } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import type { Load } from '../state/read-request.js';
import { ROOT_SLOT } from '../versions/slots.js';
import { offer } from '../writes/admission.js';
import type { LoadSignal } from './load-signal.js';
import type { Lookup } from './lookup.js';
import { withStaleIfError } from './stale-if-error.js';

/** Between looks for what another process is loading, in milliseconds: the first pause, and the longest. */
const MIN_POLL_INTERVAL = 5;
const MAX_POLL_INTERVAL = 100;
/** How long another process's load is waited for, in milliseconds. */
const REMOTE_LOAD_TIMEOUT = 10_000;

/** What a flight does: brings a value from the shared tier, from another process that loads it, or from its source. */
export class Loader {
  readonly #context: CacheContext;
  readonly #isCurrent: (now: number) => boolean;
  readonly #refresh: (path: string, load: Load, policy: Policy) => void;

  /**
   * @param isCurrent whether the table may be relied upon as it is
   * @param refresh fetches a new value in the background
   */
  constructor(
    context: CacheContext,
    isCurrent: (now: number) => boolean,
    refresh: (path: string, load: Load, policy: Policy) => void,
  ) {
    this.#context = context;
    this.#isCurrent = isCurrent;
    this.#refresh = refresh;
  }

  /** From the shared tier if it may be asked and has it, else from the source, by one process of all that miss it. */
  bring(flight: Flight, { table, fetched }: Lookup, wanted: Wanted): Promise<unknown> {
    const { loadSignal, load, policy, shared } = wanted;
    const mayAsk = table === 'confirmed' || (table === 'current' && this.#isCurrent(flight.startedAt));
    if (!mayAsk) return this.load(flight, load, policy, loadSignal);
    const confirmed = table === 'confirmed' ? flight.slots : undefined;
    const use = (found: Fetched): unknown => {
      if (found === 'unreachable') return this.#loadNow(flight, wanted);
      const entry = shared.admit(flight.id, found[0], policy, confirmed);
      return entry instanceof Promise
        ? entry.then((admitted) => this.#use(flight, admitted, wanted, confirmed))
        : this.#use(flight, entry, wanted, confirmed);
    };
    return fetched === undefined ? shared.fetchInto([flight.id], use) : fetched.then(use);
  }

  /** @returns the value of an entry of the shared tier, or a promise of one that must be loaded */
  #use(flight: Flight, entry: Entry | undefined, wanted: Wanted, confirmed: readonly number[] | undefined): unknown {
    const { policy } = wanted;
    if (entry === undefined) return this.#loadOrWait(flight, wanted, confirmed);
    const freshness = freshnessOf(entry, policy, this.#context.clock.elapsed());
    switch (freshness) {
      case 'fresh':
        return this.arrive(flight, entry);
      case 'due':
      case 'stale': {
        if (freshness === 'stale') policy.counters.stale++;
        const value = this.arrive(flight, entry);
        this.#refresh(wanted.path, wanted.load, policy);
        return value;
      }
      case 'fallback':
        return withStaleIfError(this.#context, entry, policy, this.#loadOrWait(flight, wanted, confirmed));
      default:
        return this.#loadOrWait(flight, wanted, confirmed);
    }
  }

  /** From the source. */
  async load(flight: Flight, load: Load, policy: Policy, loadSignal: LoadSignal, lease?: Lease): Promise<unknown> {
    const { counters } = policy;
    const release = () => void lease?.release();
    loadSignal.onAbort = release;
    counters.loads++;
    if (policy.outcome !== undefined) policy.outcome.came = 'loaded';
    let stored: Promise<void> | undefined;
    const { chain } = this.#context;
    const running = chain.begin([flight], load, policy);
    try {
      const value = await chain.run(running, load, loadSignal);
      const took = this.#context.clock.elapsed() - flight.startedAt;
      counters.loaded(took);
      const entry = this.land(flight, value, policy);
      this.#context.statistics.loaded(entry?.tags ?? [], took);
      // What was given up may be older than what other processes have stored since.
      if (entry !== undefined && !loadSignal.isAborted) stored = this.#context.shared?.share([entry], policy);
      return value;
    } catch (error) {
      counters.errors++;
      if (typeof policy.tags !== 'function') this.#context.statistics.failed(policy.tags);
      throw error;
    } finally {
      chain.end(running);
      loadSignal.end();
      this.#context.flights.end(flight);
      // Whoever waits for it looks for the entry first.
      if (lease !== undefined) void Promise.resolve(stored).then(release);
    }
  }

  /** Keeps what a load brought. */
  land(flight: Flight, value: unknown, policy: Policy): Entry | undefined {
    if (flight.isNested) return undefined;
    const { id, slots, stamp, startedAt } = flight;
    const entry = offer(this.#context, id, value, policy, () => {
      const tags = typeof policy.tags === 'function' ? policy.tags(value) : policy.tags;
      if (flight.lateTags) for (const name of tags) slots.push(this.#context.slots.ofTag(name));
      return { id, slots, tags, stamp, loadedAt: startedAt, loadCost: this.#context.clock.elapsed() - startedAt };
    });
    if (policy.outcome !== undefined) policy.outcome.entry = entry;
    return entry;
  }

  #loadNow(flight: Flight, { load, policy, loadSignal }: Wanted, lease?: Lease): Promise<unknown> {
    flight.restart(this.#context.table.sequence, this.#context.clock.elapsed());
    return this.load(flight, load, policy, loadSignal, lease);
  }

  /** @param confirmed the slots that this read asked the journal for, if it did */
  async #loadOrWait(flight: Flight, wanted: Wanted, confirmed: readonly number[] | undefined): Promise<unknown> {
    const { clock, closing, leases } = this.#context;
    const { loadSignal, policy, shared } = wanted;
    if (leases === undefined) return this.#loadNow(flight, wanted);
    const giveUp = clock.elapsed() + REMOTE_LOAD_TIMEOUT;
    for (let pause = MIN_POLL_INTERVAL; ; pause = Math.min(MAX_POLL_INTERVAL, pause * 1.5)) {
      // The lease is asked for first: whoever held it has stored its entry before it gave it back.
      const [lease, found] = await Promise.all([this.take(leases, flight), shared.fetch([flight.id])]);
      const entry = found === 'unreachable' ? undefined : await shared.admit(flight.id, found[0], policy, confirmed);
      const isWanted = !loadSignal.isAborted && !(entry !== undefined && this.#isServable(entry, policy));
      if (!isWanted && lease instanceof Object) void lease.release();
      if (loadSignal.isAborted) throw new Error('Nobody waits for it any more');
      if (!isWanted) return this.arrive(flight, entry as Entry);
      if (lease instanceof Object) return this.#loadNow(flight, wanted, lease);
      if (lease === 'unreachable' || found === 'unreachable' || closing.aborted || clock.elapsed() >= giveUp) {
        return this.#loadNow(flight, wanted);
      }
      await rest(clock, pause * (0.5 + this.#context.random()));
    }
  }

  #isServable(entry: Entry, policy: Policy): boolean {
    const freshness = freshnessOf(entry, policy, this.#context.clock.elapsed());
    return freshness !== 'fallback' && freshness !== 'over';
  }

  /** The right to load what a flight is for, unless another process has it. */
  async take(leases: Leases, flight: Flight): Promise<Lease | 'taken' | 'unreachable'> {
    try {
      return (await leases.take(flight.id, this.#stampOf(flight))) ?? 'taken';
    } catch {
      return 'unreachable';
    }
  }

  /** The last bump that a load beginning now has seen. Nobody waits for a load that began before an invalidation. */
  #stampOf({ slots }: Flight): number {
    const { table } = this.#context;
    return slots.reduce((last, slot) => Math.max(last, table.versionOf(slot)), table.versionOf(ROOT_SLOT));
  }

  /** Ends a flight with what another process loaded, which was valid a moment ago. */
  arrive(flight: Flight, entry: Entry): unknown {
    this.#context.flights.end(flight);
    entry.hits++;
    flight.restart(entry.stamp, flight.startedAt);
    if (flight.lateTags) for (const name of entry.tags) flight.slots.push(this.#context.slots.ofTag(name));
    return entry.served;
  }
}

/** What a read asks a flight for. */
export interface Wanted {
  readonly path: string;
  readonly load: Load;
  readonly policy: Policy;
  readonly loadSignal: LoadSignal;
  readonly shared: SharedTier;
}

function rest(clock: Clock, pause: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(pause, resolve);
  });
}
