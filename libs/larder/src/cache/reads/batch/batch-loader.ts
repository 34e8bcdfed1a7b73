import { inBatches } from '../../../base/batches.js';
import type { Entry } from '../../entries/entry.js';
import { freshnessOf } from '../../policy/freshness.js';
import type { Policy } from '../../policy/policy.js';
import type { Lease } from '../../shared-tier/leases.js';
import type { CacheContext } from '../../state/context.js';
import type { Flight } from '../../state/flight.js';
import { newFlight } from '../../state/new-flight.js';
import { withinHardTimeout } from '../hard-timeout.js';
import { LoadSignal } from '../load-signal.js';
import type { Loader } from '../loader.js';
import { isRetryPaused } from '../stale-if-error.js';
import { Batch, type LoadMany, type Missing } from './batch.js';
import { LeasedLoads } from './leased-loads.js';
import { auditHit, loadAll, reportFailed } from './load-all.js';

/** Brings what a batch lacks: from the shared tier, and the rest from one load. */
export class BatchLoader {
  readonly #context: CacheContext;
  readonly #loader: Loader;
  readonly #leased: LeasedLoads;

  constructor(context: CacheContext, loader: Loader) {
    this.#context = context;
    this.#loader = loader;
    this.#leased = new LeasedLoads(context, loader);
  }

  /** The missing values in their order: from the shared tier, and the rest from one load. */
  async bring(batch: Batch): Promise<readonly unknown[]> {
    const { missing, policy } = batch;
    if (missing.length === 0) return [];
    const flights = missing.map(({ flight }) => flight);
    const loadSignal = new LoadSignal(this.#context.closing);
    const bring = () => this.#bringAll(batch, loadSignal);
    const isAwaited = missing.some((one) => one.isAwaited);
    const work = (isAwaited ? bring() : this.#context.chain.detach(bring)).finally(() => {
      loadSignal.end();
      for (const flight of flights) this.#context.flights.end(flight);
    });
    return withinHardTimeout(this.#context, flights as [Flight, ...Flight[]], loadSignal, policy, work);
  }

  async #bringAll(batch: Batch, loadSignal: LoadSignal): Promise<readonly unknown[]> {
    const { load, missing, policy } = batch;
    const values: unknown[] = Array(missing.length);
    const found = await this.#findShared(missing, policy);
    const rest: Missing[] = [];
    const late: Missing[] = [];
    missing.forEach((one, place) => {
      const entry = found[place];
      const freshness = entry === undefined ? 'over' : freshnessOf(entry, policy, this.#context.clock.elapsed());
      if (entry !== undefined && freshness === 'fallback' && isRetryPaused(this.#context, entry, policy)) {
        policy.counters.fallbacks++;
        values[place] = this.#loader.arrive(one.flight, entry);
        return;
      }
      if (entry === undefined || freshness === 'fallback' || freshness === 'over') {
        one.entry ??= entry;
        rest.push(one);
        return;
      }
      if (freshness !== 'fresh') late.push(one);
      if (freshness !== 'stale') auditHit(this.#context, batch, one.index, one.path, entry);
      policy.counters.foundShared(freshness === 'stale');
      values[place] = this.#loader.arrive(one.flight, entry);
    });
    if (late.length > 0) void this.#context.chain.detach(() => this.#refresh(late, load, policy));
    if (rest.length === 0) return values;
    const places = new Map(missing.map((one, place) => [one, place]));
    await this.#leased.bring(rest, {
      policy,
      loadSignal,
      load: (some) => this.#load(some, load, policy, loadSignal),
      arrived: (one, value) => {
        values[places.get(one) as number] = value;
        batch.arrive(one.flight, value);
      },
    });
    return values;
  }

  /** Refreshes, in one load, the entries of the shared tier that are due or stale. */
  async #refresh(late: readonly Missing[], load: LoadMany, policy: Policy): Promise<void> {
    const { closing, flights } = this.#context;
    const isIdle = ({ flight }: Missing) => flights.of(flight.id) === undefined;
    const leased = await this.#leased.due(
      late.filter(isIdle).map((one) => ({ ...one, flight: newFlight(this.#context, one.path, one.policy, true) })),
    );
    const due = leased.filter(isIdle);
    for (const one of leased) if (!isIdle(one)) void one.lease?.release();
    if (due.length === 0) return;
    const loadSignal = new LoadSignal(closing);
    loadSignal.onAbort = () => {
      for (const { lease } of due) void lease?.release();
    };
    const begun = due.map(({ flight }) => flight) as [Flight, ...Flight[]];
    const loaded = this.#load(due, load, policy, loadSignal).finally(() => {
      loadSignal.end();
      for (const flight of begun) flights.end(flight);
    });
    const outcome = withinHardTimeout(this.#context, begun, loadSignal, policy, loaded);
    begun.forEach((flight, place) => {
      flight.resolvesLike(() => outcome.then((values) => values[place]));
      flights.begin(flight);
    });
    await outcome.catch((error) => reportFailed(this.#context, due, policy, error));
  }

  /** The usable entries of the shared tier, read in batches. */
  async #findShared(missing: readonly Missing[], policy: Policy): Promise<readonly (Entry | undefined)[]> {
    const { shared } = this.#context;
    const found: (Entry | undefined)[] = Array(missing.length);
    if (!policy.isShared || shared === undefined) return found;
    await inBatches(missing, async (portion, start) => {
      if (!shared.isUsable) return;
      const isCurrent = this.#context.sync.isCurrent();
      const isAsked = ({ table }: Missing) => table === 'confirmed' || (table === 'current' && isCurrent);
      const asked = portion.flatMap((one, place) => (isAsked(one) ? [{ one, place: start + place }] : []));
      if (asked.length === 0) return;
      const fetched = await shared.fetch(asked.map(({ one }) => one.flight.id));
      if (fetched === 'unreachable') return;
      for (const { one } of asked) one.isAbsent = true;
      const admitted = asked.map(({ one: { flight, table } }, place) =>
        shared.admit(flight.id, fetched[place], policy, table === 'confirmed' ? flight.slots : undefined),
      );
      // Nearly always all are known at once: the journal is asked only about what the table cannot tell.
      const entries = admitted.some((one) => one instanceof Promise) ? await Promise.all(admitted) : admitted;
      asked.forEach(({ place }, index) => {
        found[place] = entries[index] as Entry | undefined;
      });
    });
    return found;
  }

  async #load(
    missing: readonly Missing[],
    load: LoadMany,
    policy: Policy,
    loadSignal: LoadSignal,
  ): Promise<readonly unknown[]> {
    const { chain, clock, shared, table } = this.#context;
    const { counters } = policy;
    const began = clock.elapsed();
    const flights = missing.map(({ flight }) => flight);
    for (const flight of flights) flight.restart(table.sequence, began);
    counters.loads++;
    for (const { isRefused } of missing) if (isRefused) counters.refused++;
    const running = chain.begin(flights, load, policy);
    try {
      const keys = missing.map(({ key }) => key);
      const all = this.#loader.observed(running, (signal) => loadAll(keys, load, signal, policy), policy);
      const run = () => chain.run(running, all, loadSignal);
      const trace = flights[0]?.trace;
      const values = await (trace === undefined ? run() : trace.run(keys.length, run));
      const now = clock.elapsed();
      counters.loaded(now - began);
      this.#loader.announce(flights, now - began, policy);
      const kept = new Map<Missing, Entry>();
      await inBatches(missing, (portion, start) => {
        portion.forEach((one, place) => {
          const entry = this.#loader.land(one.flight, values[start + place], one.policy, now);
          if (entry !== undefined) kept.set(one, entry);
        });
      });
      const stored = loadSignal.isAborted ? undefined : shared?.share([...kept.values()], policy);
      void this.#endLeases(missing, kept, stored);
      return values;
    } catch (error) {
      void this.#endLeases(missing);
      counters.errors++;
      this.#loader.announce(flights, clock.elapsed() - began, policy, { error });
      throw error;
    } finally {
      chain.end(running);
    }
  }

  /**
   * Ends the leases of a load once its entries are stored. Those of all keys, in one step: a batch has many.
   *
   * @param stored the entries that are in the shared tier
   */
  async #endLeases(
    missing: readonly Missing[],
    kept?: ReadonlyMap<Missing, Entry>,
    stored?: Promise<readonly Entry[]>,
  ): Promise<void> {
    const held: { readonly one: Missing; readonly lease: Lease }[] = [];
    for (const one of missing) {
      const { lease } = one;
      one.lease = undefined;
      if (lease !== undefined) held.push({ one, lease });
    }
    if (held.length === 0) return;
    const entries = new Set(await stored);
    for (const { one, lease } of held) {
      const entry = kept?.get(one);
      this.#loader.endLease(lease, one.flight, entry !== undefined && entries.has(entry) ? entry : undefined);
    }
  }
}
