import { inBatches, mapInBatches } from '../../../base/batches.js';
import { LarderKeyError } from '../../../base/errors.js';
import { withinLimit } from '../../../base/timeout.js';
import { encodePath, idOf, type Key } from '../../../keys/key.js';
import type { Entry } from '../../entries/entry.js';
import { WriteBatch } from '../../observed/writing.js';
import { freshnessOf } from '../../policy/freshness.js';
import type { Policy } from '../../policy/policy.js';
import type { CacheContext } from '../../state/context.js';
import type { Flight } from '../../state/flight.js';
import { newFlight } from '../../state/new-flight.js';
import { type LoadContext, ReadRequest } from '../../state/read-request.js';
import type { EntryFinder } from '../entry-finder.js';
import { LoadSignal } from '../load-signal.js';
import type { Loader } from '../loader.js';
import type { Lookup } from '../lookup.js';
import type { Reader } from '../reader.js';
import { isRetryPaused, mayStandIn, standsInFor } from '../stale-if-error.js';
import { Batch, type LoadMany } from './batch.js';
import { BatchLoader } from './batch-loader.js';
import { auditHit, loadAll, reportFailed } from './load-all.js';

/** Reads many keys: stored values and running loads are used, and one load brings the rest. */
export class BatchReader {
  readonly #context: CacheContext;
  readonly #finder: EntryFinder;
  readonly #reader: Reader;
  readonly #batches: BatchLoader;

  constructor(context: CacheContext, finder: EntryFinder, reader: Reader, loader: Loader) {
    this.#context = context;
    this.#finder = finder;
    this.#reader = reader;
    this.#batches = new BatchLoader(context, loader);
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
    batch.bring(this.#batches.bring(batch));
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
      if (answer === 'final' && entry !== undefined)
        auditHit(this.#context, batch, index, paths[place] as string, entry);
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
      brought.catch((error) => reportFailed(this.#context, missing, policy, error));
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
      reportFailed(this.#context, awaited, policy, error);
      for (const { flight } of awaited) this.#context.pauses.begin(flight.id, policy.retryDelay);
      standIn();
    }
  }
}

/** @throws LarderKeyError naming the method, if there is one */
function pathOf(key: Key, { method }: Policy): string {
  try {
    return encodePath(key);
  } catch (error) {
    throw error instanceof LarderKeyError && method !== undefined ? error.of(method) : error;
  }
}
