import { LarderBatchError, LarderKeyError } from '../../base/errors.js';
import { withinLimit } from '../../base/timeout.js';
import { encodePath, idOf, type Key } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import { freshnessOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import type { Parts } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import { newFlight } from '../state/new-flight.js';
import type { LoadContext } from '../state/read-request.js';
import { withinHardTimeout } from './hard-timeout.js';
import { LoadSignal } from './load-signal.js';
import type { Looked, TableState } from './lookup.js';
import type { Reader } from './reader.js';
import { mayStandIn } from './stale-if-error.js';

/** Loads what is missing in one go: one value, or `undefined`, per key, in the order of the keys. */
export type LoadMany<T = unknown> = (
  missing: readonly Key[],
  context: LoadContext,
) => readonly (T | undefined)[] | Promise<readonly (T | undefined)[]>;

/** A key that a batch brings. */
interface Missing {
  /** Its place among the keys of the batch. */
  readonly index: number;
  readonly key: Key;
  readonly table: TableState;
  readonly flight: Flight;
  /** How it is kept: its tags are its own. */
  readonly policy: Policy;
  /** What was stored, if it is valid: it may be answered already, or stand in for a load that fails. */
  readonly entry: Entry | undefined;
  /** Whether the caller waits for it: not if a value past its TTL was answered in its place. */
  readonly isAwaited: boolean;
}

/** Reads many keys at once: what is stored or under way is taken from there, and one load brings the rest. */
export class BatchReader {
  readonly #parts: Parts;
  readonly #reader: Reader;

  constructor(parts: Parts, reader: Reader) {
    this.#parts = parts;
    this.#reader = reader;
  }

  /** @param policyOf how the value of the key at a place is kept, where that differs in tags; `policy` for all unless given */
  async getMany(
    keys: readonly Key[],
    load: LoadMany,
    policy: Policy,
    policyOf: (index: number) => Policy = () => policy,
  ): Promise<unknown[]> {
    const paths = keys.map((key) => pathOf(key, policy));
    const before = this.#parts.flights.made;
    const mustAsk = policy.strong || !this.#reader.isCurrent();
    // Without a pause where nothing must be asked: a load may end in one, and would be run again.
    const found = mustAsk ? await this.#confirm(paths, policyOf) : paths.map((path) => this.#find(path));
    const answers: unknown[] = Array(keys.length);
    const missing: Missing[] = [];
    const joined: Promise<void>[] = [];
    const brought = this.#bring(missing, load, policy);
    found.forEach(({ entry, table }, index) => {
      const answer = this.#answerOf(entry, policy);
      if (answer !== 'none') answers[index] = entry?.served;
      if (answer === 'final') return;
      const key = keys[index] as Key;
      const path = paths[index] as string;
      const isAwaited = answer === 'none';
      const flight = this.#parts.flights.of(idOf(path));
      if (flight === undefined || !this.#reader.isJoinable(flight, table, before)) {
        const own = policyOf(index);
        const begun = this.#begin(path, own, brought, missing.length);
        missing.push({ index, key, table, entry, isAwaited, policy: own, flight: begun });
      } else if (isAwaited) {
        policy.counters.joined++;
        const alone = async (context: LoadContext) => (await loadAll([key], load, context, policy))[0];
        const outcome = this.#reader.settle(flight) ?? this.#reader.joinLate(flight, path, alone, policyOf(index));
        joined.push(
          outcome.then((value) => {
            answers[index] = value;
          }),
        );
      }
    });
    await Promise.all([this.#fill(answers, missing, brought, policy), ...joined]);
    return answers;
  }

  #find(path: string): Looked {
    return { table: 'current', entry: this.#reader.find(idOf(path)) };
  }

  #confirm(paths: readonly string[], policyOf: (index: number) => Policy): Promise<readonly Looked[]> {
    return Promise.all(paths.map((path, index) => this.#reader.confirm(path, policyOf(index))));
  }

  /** Counts a key, and tells whether what is stored under it is an answer, and whether it is the last word. */
  #answerOf(entry: Entry | undefined, policy: Policy): 'final' | 'for now' | 'none' {
    const { counters } = policy;
    const freshness = entry === undefined ? 'over' : freshnessOf(entry, policy, this.#parts.clock.elapsed());
    if (entry === undefined || freshness === 'fallback' || freshness === 'over') {
      counters.misses++;
      return 'none';
    }
    entry.hits++;
    if (freshness === 'stale') counters.stale++;
    else counters.hits++;
    return freshness === 'fresh' ? 'final' : 'for now';
  }

  /** A key as a flight that others, later keys of this batch too, can join. */
  #begin(path: string, policy: Policy, brought: Promise<readonly unknown[]>, place: number): Flight {
    const flight = newFlight(this.#parts, path, policy);
    flight.resolvesLike(() => brought.then((values) => values[place]));
    this.#parts.flights.begin(flight);
    return flight;
  }

  /** Puts in what was brought, or a stale value for each if that failed or takes too long. */
  async #fill(
    answers: unknown[],
    missing: readonly Missing[],
    brought: Promise<readonly unknown[]>,
    policy: Policy,
  ): Promise<void> {
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
      awaited.every(({ entry }) => entry !== undefined && mayStandIn(this.#parts, entry, policy));
    const limit = canStandIn() ? policy.softTimeout : Number.POSITIVE_INFINITY;
    try {
      const values = await withinLimit(this.#parts.clock, limit, brought, standIn);
      if (values === undefined) return;
      missing.forEach(({ index, isAwaited }, place) => {
        if (isAwaited) answers[index] = values[place];
      });
    } catch (error) {
      if (!canStandIn()) throw error;
      this.#report(awaited, policy, error);
      standIn();
    }
  }

  #report(failed: readonly Missing[], { method }: Policy, error: unknown): void {
    for (const { flight } of failed) this.#parts.report({ type: 'load-failed', id: flight.id, method, error });
  }

  /** What the shared tier has of the missing, and what one load brings of the rest, in their order. */
  async #bring(missing: readonly Missing[], load: LoadMany, policy: Policy): Promise<readonly unknown[]> {
    // `missing` is filled by the caller before this goes on.
    await undefined;
    if (missing.length === 0) return [];
    const flights = missing.map(({ flight }) => flight);
    const context = new LoadSignal(this.#parts.closing);
    const work = this.#bringAll(missing, load, policy, context).finally(() => {
      for (const flight of flights) this.#parts.flights.end(flight);
    });
    return withinHardTimeout(this.#parts, flights as [Flight, ...Flight[]], context, policy, work);
  }

  async #bringAll(
    missing: readonly Missing[],
    load: LoadMany,
    policy: Policy,
    context: LoadSignal,
  ): Promise<readonly unknown[]> {
    const values: unknown[] = Array(missing.length);
    const found = await this.#findShared(missing, policy);
    const rest: number[] = [];
    missing.forEach(({ flight }, place) => {
      const entry = found[place];
      if (entry === undefined) rest.push(place);
      else values[place] = this.#reader.arrive(flight, entry);
    });
    if (rest.length === 0) return values;
    const loaded = await this.#load(
      rest.map((place) => missing[place] as Missing),
      load,
      policy,
      context,
    );
    rest.forEach((place, index) => {
      values[place] = loaded[index];
    });
    return values;
  }

  /** The entries of the shared tier that have not expired, all asked for at once. */
  async #findShared(missing: readonly Missing[], policy: Policy): Promise<readonly (Entry | undefined)[]> {
    const { clock, shared } = this.#parts;
    const isCurrent = this.#reader.isCurrent();
    const isAsked = ({ table }: Missing) => table === 'confirmed' || (table === 'current' && isCurrent);
    const ids = missing.filter(isAsked).map(({ flight }) => flight.id);
    if (!policy.isShared || !shared?.isUsable || ids.length === 0) return [];
    const found = await shared.fetch(ids);
    if (found === 'unreachable') return [];
    let next = 0;
    const admitted = missing.map((one) =>
      isAsked(one)
        ? shared.admit(one.flight.id, found[next++], policy, one.table === 'confirmed' ? one.flight.slots : undefined)
        : undefined,
    );
    // Nearly always all are known at once: only what the table cannot tell is asked for.
    const entries = admitted.some((one) => one instanceof Promise) ? await Promise.all(admitted) : admitted;
    const now = clock.elapsed();
    return (entries as (Entry | undefined)[]).map((entry) =>
      entry !== undefined && now < entry.expiresAt ? entry : undefined,
    );
  }

  async #load(
    missing: readonly Missing[],
    load: LoadMany,
    policy: Policy,
    context: LoadSignal,
  ): Promise<readonly unknown[]> {
    const { counters } = policy;
    const began = this.#parts.clock.elapsed();
    for (const { flight } of missing) flight.restart(this.#parts.table.sequence, began);
    counters.loads++;
    try {
      const keys = missing.map(({ key }) => key);
      const values = await loadAll(keys, load, context, policy);
      counters.loaded(this.#parts.clock.elapsed() - began);
      const kept = missing.map((one, index) => this.#reader.land(one.flight, values[index], one.policy));
      if (policy.isShared && !context.isAborted) {
        void this.#parts.shared?.share(
          kept.filter((entry) => entry !== undefined),
          policy,
        );
      }
      return values;
    } catch (error) {
      counters.errors++;
      throw error;
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

/** @throws LarderKeyError naming the method, where there is one */
function pathOf(key: Key, { method }: Policy): string {
  try {
    return encodePath(key);
  } catch (error) {
    throw error instanceof LarderKeyError && method !== undefined ? error.of(method) : error;
  }
}
