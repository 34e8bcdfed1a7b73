import { LarderDependencyError } from '../../base/errors.js';
import { LOAD } from '../../base/signals/cache-signals.js';
import { familyOf } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import type { ObservedLoad } from '../observed/observed-load.js';
import type { Policy } from '../policy/policy.js';
import type { Lease } from '../shared-tier/leases.js';
import type { CacheContext } from '../state/context.js';
import type { Flight, RunningLoad } from '../state/flight.js';
import type { LoadContext, ReadRequest } from '../state/read-request.js';
import { ROOT_SLOT } from '../versions/slots.js';
import { offer, refuse } from '../writes/admission.js';
import type { LoadSignal } from './load-signal.js';

/** The reply to a request for the lease of a load. */
export type LeaseReply =
  | { readonly type: 'granted'; readonly lease: Lease | undefined }
  | { readonly type: 'taken' }
  | { readonly type: 'unreachable' };

const NOT_NEEDED: LeaseReply = { type: 'granted', lease: undefined };
const TAKEN: LeaseReply = { type: 'taken' };
const UNREACHABLE: LeaseReply = { type: 'unreachable' };

/** A running load from the source. */
interface Attempt {
  readonly flight: Flight;
  readonly request: ReadRequest;
  readonly loadSignal: LoadSignal;
  readonly lease: Lease | undefined;
  readonly running: RunningLoad;
}

/** Ends flights with the value of their source, or of a load in another process. */
export class Loader {
  readonly #context: CacheContext;

  constructor(context: CacheContext) {
    this.#context = context;
  }

  /** Loads from the source. */
  load(flight: Flight, request: ReadRequest, loadSignal: LoadSignal, lease?: Lease): Promise<unknown> {
    const { load, policy } = request;
    if (lease !== undefined) loadSignal.onAbort = () => void lease.release();
    policy.counters.loads++;
    if (request.isRefused) policy.counters.refused++;
    request.outcome = 'loaded';
    const running = this.#context.chain.begin([flight], load, policy);
    const attempt: Attempt = { flight, request, loadSignal, lease, running };
    // Not an async function: it would cost another promise, and while a load runs each promise of the process is slower.
    return this.#run(attempt).then(
      (value) => this.#succeed(attempt, value),
      (error) => this.#fail(attempt, error),
    );
  }

  #run({ flight: { trace }, running, request, loadSignal }: Attempt): Promise<unknown> {
    const { chain } = this.#context;
    const load = this.observed(running, request.load, request.policy);
    try {
      if (trace === undefined) return Promise.resolve(chain.run(running, load, loadSignal));
      // A thenable may begin its work only when it is awaited.
      return trace.run(1, () => Promise.resolve(chain.run(running, load, loadSignal)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The loader of a running load, which is observed if its policy says so. */
  observed<T>(
    { observed }: RunningLoad,
    load: (context: LoadContext) => T | Promise<T>,
    { tracker }: Policy,
  ): (context: LoadContext) => T | Promise<T> {
    if (tracker === undefined || observed === undefined) return load;
    return (given) => observed.run(tracker, this.#context.slots, () => load(given));
  }

  #succeed(attempt: Attempt, value: unknown): unknown {
    const { flight, loadSignal, request } = attempt;
    const { policy } = request;
    const { clock, statistics } = this.#context;
    let entry: Entry | undefined;
    let stored: Promise<boolean> | undefined;
    try {
      const now = clock.elapsed();
      const took = now - flight.startedAt;
      policy.counters.loaded(took);
      if (LOAD.isHeard) this.announce([flight], took, policy);
      entry = this.land(flight, value, policy, now);
      request.entry = entry;
      if (entry !== undefined) statistics.loaded(entry.tags, took);
      // The value of a load that timed out may be older than what other processes have stored since.
      if (entry !== undefined && !loadSignal.isAborted) stored = this.#share(entry, policy);
      return value;
    } finally {
      this.#finish(attempt, entry, stored);
    }
  }

  #fail(attempt: Attempt, error: unknown): never {
    const { flight, request } = attempt;
    const { counters, tags } = request.policy;
    counters.errors++;
    if (LOAD.isHeard)
      this.announce([flight], this.#context.clock.elapsed() - flight.startedAt, request.policy, { error });
    if (typeof tags !== 'function') this.#context.statistics.failed(tags);
    this.#finish(attempt, undefined, undefined);
    throw error;
  }

  #finish(
    { flight, lease, loadSignal, running }: Attempt,
    entry: Entry | undefined,
    stored: Promise<boolean> | undefined,
  ): void {
    this.#context.chain.end(running);
    loadSignal.end();
    this.#context.flights.end(flight);
    if (lease !== undefined) void this.#endLeaseAfter(lease, flight, entry, stored);
  }

  /** Tells that a load has ended. @param failed its error, if it failed */
  announce(
    [first, ...others]: readonly Flight[],
    duration: number,
    { method }: Policy,
    failed?: { readonly error: unknown },
  ): void {
    if (first === undefined || !LOAD.isHeard) return;
    const load = { method, id: first.id, values: 1 + others.length, duration };
    LOAD.send(failed === undefined ? { ...load, result: 'loaded' } : { ...load, result: 'failed', ...failed });
  }

  /** Shares an entry; after the callers have it only if a lease outlasts that, so that other nodes do not load meanwhile. */
  #share(entry: Entry, policy: Policy): Promise<boolean> | undefined {
    const { leases, shared } = this.#context;
    if (leases?.lasts !== undefined) return shared?.shareLater(entry, policy);
    return shared?.share([entry], policy).then(({ length }) => length === 1);
  }

  /** Ends a lease once its entry is stored: nodes that find the lease taken, or wait for it, look for the entry. */
  async #endLeaseAfter(
    lease: Lease,
    flight: Flight,
    entry: Entry | undefined,
    stored: Promise<boolean> | undefined,
  ): Promise<void> {
    this.endLease(lease, flight, (await stored) === true ? entry : undefined);
  }

  /**
   * Ends a lease.
   *
   * @param stored the entry of its load if it is in the shared tier
   */
  endLease(lease: Lease, { isLate }: Flight, stored: Entry | undefined): void {
    const { clock, leases: { lasts = Number.POSITIVE_INFINITY } = {} } = this.#context;
    const now = clock.elapsed();
    // Late slots are not part of the generation: after their invalidation a load must not find this lease taken.
    const isOfUse = stored !== undefined && stored.dueAt - now >= lasts && stored.expiresAt - now >= 2 * lasts;
    if (isOfUse && !isLate && lease.lapse !== undefined) lease.lapse();
    else void lease.release();
  }

  /**
   * Stores a loaded value.
   *
   * @param now when it arrived, on the clock's `elapsed`
   */
  land(flight: Flight, value: unknown, policy: Policy, now: number): Entry | undefined {
    const observed = flight.load?.observed;
    const loadCost = now - flight.startedAt;
    if (observed !== undefined && !this.#takeObserved(flight, observed, policy)) return undefined;
    if (flight.isNested) return undefined;
    const { id, stamp, startedAt } = flight;
    return offer(this.#context, id, value, policy, () => {
      const isLate = typeof policy.tags === 'function';
      const tags = typeof policy.tags === 'function' ? policy.tags(value) : policy.tags;
      if (isLate) flight.complete(tags.map((name) => this.#context.slots.ofTag(name)));
      const dependencies = observed?.dependencies;
      return { id, dependent: flight, tags, stamp, loadedAt: startedAt, storedAt: now, loadCost, dependencies };
    });
  }

  /** Gives a flight the slots that its load was observed to depend on. @returns whether its value may be stored */
  #takeObserved(flight: Flight, observed: ObservedLoad, policy: Policy): boolean {
    const { reason, passes, slots, stamp, loadedAt } = observed;
    const { id } = flight;
    flight.restart(Math.min(flight.stamp, stamp), Math.min(flight.startedAt, loadedAt));
    if (reason === undefined) {
      const { wholeTables } = this.#context.statistics;
      for (const table of observed.wholeTables) wholeTables.note(policy.method ?? familyOf(id), table);
      for (const slot of slots) flight.slots.push(slot);
      if (typeof policy.tags !== 'function') flight.isComplete = true;
      return true;
    }
    flight.passes = passes;
    // What cannot be followed while an application stops cannot because of that.
    if ((passes === undefined || passes === 'perhaps') && !this.#context.closing.aborted)
      refuse(this.#context, id, policy, new LarderDependencyError(policy.method ?? id, reason));
    return false;
  }

  /**
   * The lease for loading a flight's value, unless another process holds it. Granted without a lease where there are none.
   */
  async lease(flight: Flight): Promise<LeaseReply> {
    const { leases } = this.#context;
    if (leases === undefined) return NOT_NEEDED;
    try {
      const lease = await leases.take(flight.id, this.#stampOf(flight));
      return lease === undefined ? TAKEN : { type: 'granted', lease };
    } catch {
      return UNREACHABLE;
    }
  }

  /** The last bump that a load beginning now has seen. No process waits for a load that began before an invalidation. */
  #stampOf({ slots }: Flight): number {
    const { table } = this.#context;
    return slots.reduce((last, slot) => Math.max(last, table.versionOf(slot)), table.versionOf(ROOT_SLOT));
  }

  /** Ends a flight with the value that another process loaded. */
  arrive(flight: Flight, entry: Entry): unknown {
    this.#context.flights.end(flight);
    entry.hits++;
    flight.restart(entry.stamp, Math.min(entry.loadedAt, flight.startedAt));
    if (flight.isLate) flight.complete(this.#context.slots.ofStored(entry));
    return entry.served;
  }
}
