import { inBatches, mapInBatches } from '../../../base/batches.js';
import { LarderBatchError, LarderKeyError } from '../../../base/errors.js';
import { withinLimit } from '../../../base/timeout.js';
import { encodePath, idOf, type Key } from '../../../keys/key.js';
import type { Entry } from '../../entries/entry.js';
import { WriteBatch } from '../../observed/writing.js';
import { freshnessOf } from '../../policy/freshness.js';
import type { Policy } from '../../policy/policy.js';
import type { Lease } from '../../shared-tier/leases.js';
import type { CacheContext } from '../../state/context.js';
import type { Flight } from '../../state/flight.js';
import { newFlight } from '../../state/new-flight.js';
import { type LoadContext, ReadRequest } from '../../state/read-request.js';
import type { EntryFinder } from '../entry-finder.js';
import { withinHardTimeout } from '../hard-timeout.js';
import { LoadSignal } from '../load-signal.js';
import type { Loader } from '../loader.js';
import type { Lookup } from '../lookup.js';
import type { Reader } from '../reader.js';
import { isRetryPaused, mayStandIn, standsInFor } from '../stale-if-error.js';
import { Batch, type LoadMany, type Missing } from './batch.js';
import { LeasedLoads } from './leased-loads.js';

/** Reads many keys: stored values and running loads are used, and one load brings the rest. */
export class BatchReader {
  readonly #context: CacheContext;
  readonly #finder: EntryFinder;
  readonly #reader: Reader;
  readonly #loader: Loader;
  readonly #leased: LeasedLoads;

  constructor(context: CacheContext, finder: EntryFinder, reader: Reader, loader: Loader) {
    this.#context = context;
    this.#finder = finder;
    this.#reader = reader;
    this.#loader = loader;
    this.#leased = new LeasedLoads(context, loader);
  }

  /**
   * @param policyOf the policy of each key by index, where tags differ; `policy` for all by default
   * @param segment appended to the path of each key
   */
  async getMany(
    keys: readonly Key[],
    load: LoadMany,
    policy: Policy,
    policyOf: (index: number) => Policy = () => policy,
    segment = '',
  ): Promise<unknown[]> {
    if (WriteBatch.unsettled !== undefined) await WriteBatch.unsettled.settle();
    const encoded = mapInBatches(keys, (key) => pathOf(key, policy) + segment);
    const paths = encoded instanceof Promise ? await encoded : encoded;
    if (this.#context.audit?.isInside && policy.audit !== undefined) return this.#fresh(keys, paths, load, policy);
    const batch = new Batch(keys, load, policy, this.#context.flights.made, this.#context.chain.observing);
    const mustAsk = policy.strong || !this.#context.sync.isCurrent();
    const look = (portion: readonly string[], start: number): void | Promise<void> => {
      if (mustAsk) {
        return this.#confirm(portion, (index) => policyOf(start + index)).then((found) =>
          this.#lookAt(batch, portion, start, found, policyOf),
        );
      }
      // Synchronous while no question to the journal is needed: during a pause a load may end, and would run again.
      const found = portion.map((path) => this.#find(path));
      this.#lookAt(batch, portion, start, found, policyOf);
    };
    try {
      await inBatches(paths, look);
    } catch (error) {
      this.#giveUp(batch, error);
      throw error;
    }
    batch.bring(this.#bring(batch));
    await Promise.all([this.#fill(batch), ...batch.joined]);
    batch.inherit();
    return batch.answers;
  }

  /** Divides keys into served ones, those that other loads bring, and missing ones. */
  #lookAt(
    batch: Batch,
    paths: readonly string[],
    start: number,
    found: readonly Lookup[],
    policyOf: (index: number) => Policy,
  ): void {
    const { answers, before, keys, load, missing, nested, policy } = batch;
    const { chain, flights } = this.#context;
    found.forEach(({ entry, table, isRefused = false }, place) => {
      const index = start + place;
      const answer = this.#answerOf(idOf(paths[place] as string), entry, policy);
      if (answer !== 'none') answers[index] = entry?.served;
      if (answer !== 'none' && entry !== undefined && batch.observing !== undefined) this.#finder.inherit(entry);
      if (answer === 'final' && entry !== undefined) this.#audit(batch, index, paths[place] as string, entry);
      if (answer === 'final' || answer === 'stand-in') return;
      const path = paths[place] as string;
      const key = keys[index] as Key;
      const id = idOf(path);
      const isAwaited = answer === 'none';
      const isInside = isAwaited && chain.isInside(id, load, policy);
      const own = nested.get(id);
      if (own !== undefined) {
        batch.join(index, own.promise);
        return;
      }
      const flight = flights.of(id);
      const isJoinable = !isInside && flight !== undefined && this.#reader.isJoinable(flight, table, before);
      if (isJoinable && !(isAwaited && chain.waitsForUs(flight))) {
        if (isAwaited) this.#join(batch, index, path, flight, policyOf(index));
        return;
      }
      const kept = policyOf(index);
      const begun = this.#begin(batch, path, kept, isInside || isJoinable);
      const standIn = entry ?? this.#finder.unconfirmed(id, policy);
      missing.push({ index, path, key, table, entry: standIn, isAwaited, isRefused, policy: kept, flight: begun });
    });
  }

  #audit({ keys, load, policy }: Batch, index: number, path: string, entry: Entry): void {
    const { audit } = this.#context;
    if (audit === undefined) return;
    const alone = async (context: LoadContext) => (await loadAll([keys[index] as Key], load, context, policy))[0];
    audit.served(new ReadRequest(path, alone, policy), entry);
  }

  /** Loads every key once, for a load of the audit. */
  async #fresh(keys: readonly Key[], paths: readonly string[], load: LoadMany, policy: Policy): Promise<unknown[]> {
    const byPath = new Map(paths.map((path, index) => [path, keys[index] as Key]));
    const loadSignal = new LoadSignal(this.#context.closing);
    const values = await loadAll([...byPath.values()], load, loadSignal, policy).finally(() => loadSignal.end());
    const places = new Map([...byPath.keys()].map((path, place) => [path, place]));
    return paths.map((path) => values[places.get(path) as number]);
  }

  #join(batch: Batch, index: number, path: string, flight: Flight, policy: Policy): void {
    const { keys, load } = batch;
    policy.counters.coalesced++;
    this.#context.chain.note(flight);
    flight.trace?.join();
    batch.flights.push(flight);
    const alone = async (context: LoadContext) => (await loadAll([keys[index] as Key], load, context, policy))[0];
    batch.join(
      index,
      this.#reader.settle(flight) ?? this.#reader.joinLate(flight, new ReadRequest(path, alone, policy)),
    );
  }

  /** Rejects callers that joined keys which will not be loaded. */
  #giveUp(batch: Batch, error: unknown): void {
    for (const { flight } of batch.missing) this.#context.flights.end(flight);
    batch.bring(Promise.reject(error));
    batch.brought.catch(() => {});
  }

  #find(path: string): Lookup {
    const id = idOf(path);
    return { table: 'current', entry: this.#finder.find(id), isRefused: this.#finder.takeRefusal(id) };
  }

  #confirm(paths: readonly string[], policyOf: (index: number) => Policy): Promise<readonly Lookup[]> {
    return Promise.all(paths.map((path, index) => this.#finder.confirm(path, policyOf(index))));
  }

  /** Counts a key, and tells whether the stored entry can be served: finally, in place of a load, or while a refresh runs. */
  #answerOf(id: string, entry: Entry | undefined, policy: Policy): 'final' | 'stand-in' | 'for now' | 'none' {
    const { counters } = policy;
    const now = entry === undefined ? 0 : this.#context.clock.elapsed();
    const freshness = entry === undefined ? 'over' : freshnessOf(entry, policy, now);
    if (entry === undefined || freshness === 'fallback' || freshness === 'over') {
      this.#finder.countMiss(id, policy);
      if (entry === undefined || freshness === 'over' || !isRetryPaused(this.#context, entry, policy)) return 'none';
      counters.fallbacks++;
      entry.hits++;
      return 'stand-in';
    }
    entry.hits++;
    if (freshness === 'stale') this.#finder.countStale(entry, counters, now);
    else this.#finder.count(entry, counters, now);
    return freshness === 'fresh' ? 'final' : 'for now';
  }

  /** A flight of a key that others can join; a nested one only later keys of this batch. */
  #begin(batch: Batch, path: string, policy: Policy, isNested: boolean): Flight {
    const { missing, nested } = batch;
    const flight = newFlight(this.#context, path, policy);
    const place = missing.length;
    // One load brings all keys of the batch.
    flight.trace = missing[0]?.flight.trace ?? flight.trace;
    flight.isNested = isNested;
    flight.resolvesLike(() => batch.valueOf(flight, place));
    this.#context.chain.note(flight);
    if (isNested) nested.set(flight.id, flight);
    else this.#context.flights.begin(flight);
    return flight;
  }

  /** Fills in the loaded values, or stale values if the load fails or takes too long. */
  async #fill({ answers, brought, missing, policy }: Batch): Promise<void> {
    const awaited = missing.filter(({ isAwaited }) => isAwaited);
    if (awaited.length === 0) {
      brought.catch((error) => this.#report(missing, policy, error));
      return;
    }
    const standIn = (): undefined => {
      policy.counters.fallbacks += awaited.length;
      for (const { entry, index } of awaited) answers[index] = entry?.served;
    };
    const canStandIn = () =>
      awaited.every(({ entry }) => entry !== undefined && mayStandIn(this.#context, entry, policy));
    const limit = canStandIn() ? policy.softTimeout : Number.POSITIVE_INFINITY;
    // An invalidation may have arrived while the load ran.
    const late = (): undefined | Promise<readonly unknown[]> => (canStandIn() ? standIn() : brought);
    try {
      const values = await withinLimit<readonly unknown[] | undefined>(this.#context.clock, limit, brought, late);
      if (values === undefined) return;
      missing.forEach(({ index, isAwaited }, place) => {
        if (isAwaited) answers[index] = values[place];
      });
    } catch (error) {
      if (!canStandIn() || !standsInFor(policy, error)) throw error;
      this.#report(awaited, policy, error);
      for (const { flight } of awaited) this.#context.pauses.begin(flight.id, policy.retryDelay);
      standIn();
    }
  }

  #report(failed: readonly Missing[], { method }: Policy, error: unknown): void {
    for (const { flight } of failed) this.#context.report({ type: 'load-failed', id: flight.id, method, error });
  }

  /** The missing values in their order: from the shared tier, and the rest from one load. */
  async #bring(batch: Batch): Promise<readonly unknown[]> {
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
      if (freshness !== 'stale') this.#audit(batch, one.index, one.path, entry);
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
    await outcome.catch((error) => this.#report(due, policy, error));
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

async function loadAll(
  keys: readonly Key[],
  load: LoadMany,
  context: LoadContext,
  { method }: Policy,
): Promise<readonly unknown[]> {
  const values: unknown = await load(keys, context);
  if (!Array.isArray(values)) throw new LarderBatchError(keys.length, `a ${typeof values}`, method);
  if (values.length !== keys.length) throw new LarderBatchError(keys.length, String(values.length), method);
  return values;
}

/** @throws LarderKeyError naming the method, if there is one */
function pathOf(key: Key, { method }: Policy): string {
  try {
    return encodePath(key);
  } catch (error) {
    throw error instanceof LarderKeyError && method !== undefined ? error.of(method) : error;
  }
}
