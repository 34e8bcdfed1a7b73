import { sleep } from '../../base/clock.js';
import { LEASE, type LeaseMessage } from '../../base/signals/cache-signals.js';
import type { Entry } from '../entries/entry.js';
import { freshnessOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import type { Lease, Leases } from '../shared-tier/leases.js';
import type { Fetched, SharedTier } from '../shared-tier/shared-tier.js';
import type { CacheContext } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import type { ReadRequest } from '../state/read-request.js';
import type { LoadSignal } from './load-signal.js';
import type { Loader } from './loader.js';
import type { Lookup } from './lookup.js';
import type { Refresher } from './refresher.js';
import { isRetryPaused, withStaleIfError } from './stale-if-error.js';

/** Milliseconds between checks whether another process has loaded the value: the first pause, and the longest. */
export const MIN_POLL_INTERVAL = 5;
export const MAX_POLL_INTERVAL = 100;
/** How long to wait for the load of another process, in milliseconds. */
export const REMOTE_LOAD_TIMEOUT = 10_000;

/** A read that the shared tier can serve. */
interface TierRead {
  readonly flight: Flight;
  readonly request: ReadRequest;
  readonly loadSignal: LoadSignal;
  readonly shared: SharedTier;
}

/** Gets a value from the shared tier, from a load of another process, or from its source. */
export class TierLoader {
  readonly #context: CacheContext;
  readonly #loader: Loader;
  readonly #refresher: Refresher;

  constructor(context: CacheContext, loader: Loader, refresher: Refresher) {
    this.#context = context;
    this.#loader = loader;
    this.#refresher = refresher;
  }

  /** Gets the value from the shared tier if possible, else from the source, with one process loading for all. */
  load(read: TierRead, { table, fetched }: Lookup): Promise<unknown> {
    const { flight, loadSignal, request, shared } = read;
    const mayAsk = table === 'confirmed' || (table === 'current' && this.#context.sync.isCurrent(flight.startedAt));
    if (!mayAsk) return this.#loader.load(flight, request, loadSignal);
    const confirmed = table === 'confirmed' ? flight.slots : undefined;
    const use = (found: Fetched): unknown => {
      if (found === 'unreachable') return this.#loadNow(read);
      const entry = shared.admit(flight.id, found[0], request.policy, confirmed);
      return entry instanceof Promise
        ? entry.then((admitted) => this.#use(read, admitted, confirmed))
        : this.#use(read, entry, confirmed);
    };
    return fetched === undefined ? shared.fetchInto([flight.id], use) : fetched.then(use);
  }

  /** @returns the value of an entry in the shared tier, or a promise of a value that must be loaded */
  #use(read: TierRead, entry: Entry | undefined, confirmed: readonly number[] | undefined): unknown {
    const { flight, request } = read;
    const { policy } = request;
    if (entry === undefined) return this.#loadOrWait(read, confirmed);
    const freshness = freshnessOf(entry, policy, this.#context.clock.elapsed());
    switch (freshness) {
      case 'fresh':
        this.#context.audit?.served(request, entry);
        policy.counters.foundShared(false);
        return this.#loader.arrive(flight, entry);
      case 'due':
      case 'stale': {
        if (freshness === 'due') this.#context.audit?.served(request, entry);
        policy.counters.foundShared(freshness === 'stale');
        const value = this.#loader.arrive(flight, entry);
        void this.#refresher.refresh(request);
        return value;
      }
      case 'fallback':
        if (isRetryPaused(this.#context, entry, policy)) {
          policy.counters.fallbacks++;
          return this.#loader.arrive(flight, entry);
        }
        return withStaleIfError(this.#context, entry, request, this.#loadOrWait(read, confirmed));
      default:
        return this.#loadOrWait(read, confirmed);
    }
  }

  #loadNow({ flight, request, loadSignal }: TierRead, lease?: Lease): Promise<unknown> {
    flight.restart(this.#context.table.sequence, this.#context.clock.elapsed());
    return this.#loader.load(flight, request, loadSignal, lease);
  }

  /** @param confirmed the slots that this read confirmed with the journal, if it did */
  #loadOrWait(read: TierRead, confirmed: readonly number[] | undefined): Promise<unknown> {
    const { leases } = this.#context;
    if (leases === undefined) return this.#loadNow(read);
    return lapses(leases, read.flight, read.request.policy)
      ? this.#loadOrLook(read, confirmed)
      : this.#lookOrWait(read, confirmed);
  }

  /** A node that stored an entry after this read looked for it still holds the lease. */
  async #loadOrLook(read: TierRead, confirmed: readonly number[] | undefined): Promise<unknown> {
    const reply = await this.#loader.lease(read.flight);
    if (reply.type === 'taken') return this.#lookOrWait(read, confirmed);
    if (reply.type === 'unreachable') return this.#loadNow(read);
    if (!read.loadSignal.isAborted) return this.#loadNow(read, reply.lease);
    void reply.lease?.release();
    throw abandoned();
  }

  async #lookOrWait(read: TierRead, confirmed: readonly number[] | undefined): Promise<unknown> {
    const { clock, closing } = this.#context;
    const began = clock.elapsed();
    let hasWaited = false;
    const { flight, loadSignal, request, shared } = read;
    const { policy } = request;
    const end = (result: LeaseMessage['result']) => {
      if (!hasWaited || !LEASE.isHeard) return;
      LEASE.send({ method: policy.method, id: flight.id, duration: clock.elapsed() - began, result });
    };
    const giveUp = began + REMOTE_LOAD_TIMEOUT;
    for (let pause = MIN_POLL_INTERVAL; ; pause = Math.min(MAX_POLL_INTERVAL, pause * 1.5)) {
      // In this order: the previous holder stores its entry before it releases the lease.
      const [reply, found] = await Promise.all([this.#loader.lease(flight), shared.fetch([flight.id])]);
      const entry = found === 'unreachable' ? undefined : await shared.admit(flight.id, found[0], policy, confirmed);
      const isWanted = !loadSignal.isAborted && !(entry !== undefined && this.#isServable(entry, policy));
      if (!isWanted && reply.type === 'granted') void reply.lease?.release();
      if (loadSignal.isAborted) throw abandoned();
      if (!isWanted) {
        end('found');
        return this.#arrive(read, entry as Entry);
      }
      if (reply.type === 'granted') {
        end('granted');
        return this.#loadNow(read, reply.lease);
      }
      if (reply.type === 'unreachable' || found === 'unreachable' || closing.aborted || clock.elapsed() >= giveUp) {
        end('given-up');
        return this.#loadNow(read);
      }
      hasWaited = true;
      await sleep(clock, pause * (0.5 + this.#context.random()));
    }
  }

  #arrive({ flight, request: { policy } }: TierRead, entry: Entry): unknown {
    policy.counters.foundShared(freshnessOf(entry, policy, this.#context.clock.elapsed()) === 'stale');
    return this.#loader.arrive(flight, entry);
  }

  #isServable(entry: Entry, policy: Policy): boolean {
    const freshness = freshnessOf(entry, policy, this.#context.clock.elapsed());
    return freshness !== 'fallback' && freshness !== 'over';
  }
}

/** Whether a load of this policy lets its lease expire, as far as can be known before the load. */
export function lapses({ lasts }: Leases, { isLate }: Flight, policy: Policy): boolean {
  if (lasts === undefined || isLate) return false;
  const { jitter, negativeTtl, refreshAhead, ttl } = policy;
  return Math.min(ttl, negativeTtl ?? ttl) * (1 - jitter) * refreshAhead >= 2 * lasts;
}

/** The error of a load that its hard time-out has ended. */
export function abandoned(): Error {
  return new Error('The load was given up');
}
