import type { Clock } from '../clock.js';
import type { Entry } from './entry.js';
import type { Flight } from './flight.js';
import { offer } from './keep.js';
import type { Lease, Leases } from './leases.js';
import type { Looked } from './looked.js';
import type { Parts } from './parts.js';
import type { Policy } from './policy.js';

import type { SharedEntries } from './shared.js';
import { ROOT_SLOT } from './slots.js';

export interface LoadContext {
  /** Aborted when the value is no longer wanted. */
  readonly signal: AbortSignal;
}

export type Load<T = unknown> = (context: LoadContext) => T | Promise<T>;

/** Between looks for what another process is loading, in milliseconds: the first pause, and the longest. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;
/** How long another process's load is waited for, in milliseconds. */
const LONGEST_WAIT = 10_000;

/** What a flight does: brings a value from the shared tier, from another process that loads it, or from its source. */
export class Loader {
  readonly #parts: Parts;
  readonly #isCurrent: () => boolean;

  /** @param isCurrent whether the table may be relied upon as it is */
  constructor(parts: Parts, isCurrent: () => boolean) {
    this.#parts = parts;
    this.#isCurrent = isCurrent;
  }

  /** From the shared tier if it may be asked and has it, else from the source, by one process of all that miss it. */
  async bring(flight: Flight, load: Load, policy: Policy, { table, fetched }: Looked): Promise<unknown> {
    const { shared } = this.#parts;
    const mayAsk = table === 'confirmed' || (table === 'current' && this.#isCurrent());
    if (shared === undefined || !mayAsk) return this.load(flight, load, policy);
    const confirmed = table === 'confirmed' ? flight.slots : undefined;
    const found = await (fetched ?? shared.fetch([flight.id]));
    if (found === 'unreachable') return this.#loadNow(flight, load, policy);
    const entry = await shared.admit(flight.id, found[0], confirmed);
    if (entry !== undefined) return this.arrive(flight, entry);
    const { leases } = this.#parts;
    if (leases === undefined) return this.#loadNow(flight, load, policy);
    return this.#loadOrWait(flight, load, policy, { confirmed, leases, shared });
  }

  /** From the source. */
  async load(flight: Flight, load: Load, policy: Policy, lease?: Lease): Promise<unknown> {
    const { counters } = policy;
    counters.loads++;
    let stored: Promise<void> | undefined;
    try {
      const value = await load(new LoadSignal(this.#parts.closing));
      counters.loadTime += this.#parts.clock.elapsed() - flight.startedAt;
      const entry = this.land(flight, value, policy);
      if (entry !== undefined) stored = this.#parts.shared?.share([entry]);
      return value;
    } catch (error) {
      counters.errors++;
      throw error;
    } finally {
      // Whoever waits for it looks for the entry first.
      if (lease !== undefined) void Promise.resolve(stored).then(() => lease.release());
    }
  }

  /** Keeps what a load brought. */
  land(flight: Flight, value: unknown, policy: Policy): Entry | undefined {
    const { id, slots, stamp, startedAt } = flight;
    return offer(this.#parts, id, value, policy, () => {
      const tags = typeof policy.tags === 'function' ? policy.tags(value) : policy.tags;
      if (flight.lateTags) for (const name of tags) slots.push(this.#parts.slots.ofTag(name));
      return { id, slots, tags, stamp, loadedAt: startedAt };
    });
  }

  #loadNow(flight: Flight, load: Load, policy: Policy, lease?: Lease): Promise<unknown> {
    flight.restart(this.#parts.table.sequence, this.#parts.clock.elapsed());
    return this.load(flight, load, policy, lease);
  }

  async #loadOrWait(
    flight: Flight,
    load: Load,
    policy: Policy,
    { confirmed, leases, shared }: Waiting,
  ): Promise<unknown> {
    const { clock, closing } = this.#parts;
    const giveUp = clock.elapsed() + LONGEST_WAIT;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
      // The lease is asked for first: whoever held it has stored its entry before it gave it back.
      const [lease, found] = await Promise.all([this.#take(leases, flight), shared.fetch([flight.id])]);
      const entry = found === 'unreachable' ? undefined : await shared.admit(flight.id, found[0], confirmed);
      if (entry !== undefined) {
        if (lease instanceof Object) void lease.release();
        return this.arrive(flight, entry);
      }
      if (lease instanceof Object) return this.#loadNow(flight, load, policy, lease);
      if (lease === 'unreachable' || found === 'unreachable' || closing.aborted || clock.elapsed() >= giveUp) {
        return this.#loadNow(flight, load, policy);
      }
      await rest(clock, pause * (0.5 + this.#parts.random()));
    }
  }

  async #take(leases: Leases, flight: Flight): Promise<Lease | 'taken' | 'unreachable'> {
    try {
      return (await leases.take(flight.id, this.#stampOf(flight))) ?? 'taken';
    } catch {
      return 'unreachable';
    }
  }

  /** The last bump that a load beginning now has seen. Nobody waits for a load that began before an invalidation. */
  #stampOf({ slots }: Flight): number {
    const { table } = this.#parts;
    return Math.max(...[ROOT_SLOT, ...slots].map((slot) => table.versionOf(slot)));
  }

  /** Ends a flight with what another process loaded, which was valid a moment ago. */
  arrive(flight: Flight, entry: Entry): unknown {
    flight.restart(entry.stamp, flight.startedAt);
    if (flight.lateTags) for (const name of entry.tags) flight.slots.push(this.#parts.slots.ofTag(name));
    return entry.served;
  }
}

interface Waiting {
  /** The slots that this read asked the journal for, if it did. */
  readonly confirmed: readonly number[] | undefined;
  readonly leases: Leases;
  readonly shared: SharedEntries;
}

function rest(clock: Clock, pause: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(pause, resolve);
  });
}

/** Most loads never look at their signal, so it is made when one does. */
export class LoadSignal implements LoadContext {
  readonly #closing: AbortSignal;
  #signal: AbortSignal | undefined;

  constructor(closing: AbortSignal) {
    this.#closing = closing;
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.#closing]);
    return this.#signal;
  }
}
