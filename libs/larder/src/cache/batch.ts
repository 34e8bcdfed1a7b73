import { LarderBatchError } from '../errors.js';
import { encodePath, idOf, type Key } from '../keys/key.js';
import type { Entry } from './entry.js';
import type { Flight } from './flight.js';
import { type LoadContext, LoadSignal } from './load.js';
import type { TableState } from './looked.js';
import type { Parts } from './parts.js';
import type { Policy } from './policy.js';
import type { Reader } from './read.js';

/** Loads what is missing in one go: one value, or `undefined`, per key, in the order of the keys. */
export type LoadMany<T = unknown> = (
  missing: readonly Key[],
  context: LoadContext,
) => readonly (T | undefined)[] | Promise<readonly (T | undefined)[]>;

/** A key that is to be brought, and what is known of the table for it. */
interface Wanted {
  readonly key: Key;
  readonly table: TableState;
}

interface Missing extends Wanted {
  readonly flight: Flight;
}

/** Reads many keys at once: what is stored or under way is taken from there, and one load brings the rest. */
export class BatchReader {
  readonly #parts: Parts;
  readonly #reader: Reader;

  constructor(parts: Parts, reader: Reader) {
    this.#parts = parts;
    this.#reader = reader;
  }

  async getMany(keys: readonly Key[], load: LoadMany, policy: Policy): Promise<unknown[]> {
    const paths = keys.map((key) => encodePath(key));
    const before = this.#parts.flights.begun;
    const found = await this.#find(paths, policy);
    const missing: Missing[] = [];
    const brought = this.#bring(missing, load, policy);
    return Promise.all(
      found.map(({ entry, table }, index) => {
        if (entry !== undefined) {
          policy.counters.hits++;
          return entry.served;
        }
        policy.counters.misses++;
        const key = keys[index] as Key;
        const path = paths[index] as string;
        const flight = this.#parts.flights.of(idOf(path));
        if (flight === undefined || !this.#reader.isJoinable(flight, table, before)) {
          return this.#begin(path, missing, brought, policy, { key, table });
        }
        policy.counters.joined++;
        const alone = async (context: LoadContext) => (await loadAll([key], load, context))[0];
        return this.#reader.settle(flight) ?? this.#reader.joinLate(flight, path, alone, policy);
      }),
    );
  }

  async #find(
    paths: readonly string[],
    policy: Policy,
  ): Promise<readonly { entry: Entry | undefined; table: TableState }[]> {
    if (policy.strong || !this.#reader.isCurrent()) {
      return Promise.all(paths.map((path) => this.#reader.confirm(path, policy)));
    }
    return paths.map((path) => ({ entry: this.#reader.find(idOf(path)), table: 'current' }));
  }

  /** Adds a key to those that will be brought, as a flight that others, later keys of this batch too, can join. */
  #begin(path: string, missing: Missing[], brought: Promise<readonly unknown[]>, policy: Policy, rest: Wanted) {
    const flight = this.#reader.newFlight(path, policy);
    const place = missing.push({ ...rest, flight }) - 1;
    flight.promise = brought.then((values) => values[place]);
    this.#parts.flights.begin(flight);
    return flight.promise;
  }

  /** What the shared tier has of the missing, and what one load brings of the rest, in their order. */
  async #bring(missing: readonly Missing[], load: LoadMany, policy: Policy): Promise<readonly unknown[]> {
    // `missing` is filled by the caller before this goes on.
    await undefined;
    const values: unknown[] = Array(missing.length);
    const found = await this.#findShared(missing);
    const rest = missing.filter(({ flight }, place) => {
      const entry = found[place];
      if (entry === undefined) return true;
      values[place] = this.#reader.arrive(flight, entry);
      return false;
    });
    if (rest.length === 0) return values;
    const loaded = await this.#load(rest, load, policy);
    const places = new Map(missing.map((one, place) => [one, place]));
    rest.forEach((one, index) => {
      values[places.get(one) as number] = loaded[index];
    });
    return values;
  }

  /** The entries of the shared tier that may be served, all asked for at once. */
  async #findShared(missing: readonly Missing[]): Promise<readonly (Entry | undefined)[]> {
    const { shared } = this.#parts;
    const isCurrent = this.#reader.isCurrent();
    const asked = missing.filter(({ table }) => table === 'confirmed' || (table === 'current' && isCurrent));
    if (!shared?.isUsable || asked.length === 0) return [];
    const found = await shared.fetch(asked.map(({ flight }) => flight.id));
    if (found === 'unreachable') return [];
    const bytes = new Map(asked.map((one, place) => [one, found[place]]));
    return Promise.all(
      missing.map((one) => {
        if (!bytes.has(one)) return undefined;
        return shared.admit(one.flight.id, bytes.get(one), one.table === 'confirmed' ? one.flight.slots : undefined);
      }),
    );
  }

  async #load(missing: readonly Missing[], load: LoadMany, policy: Policy): Promise<readonly unknown[]> {
    const { counters } = policy;
    const began = this.#parts.clock.elapsed();
    for (const { flight } of missing) flight.restart(this.#parts.table.sequence, began);
    counters.loads++;
    try {
      const keys = missing.map(({ key }) => key);
      const values = await loadAll(keys, load, new LoadSignal(this.#parts.closing));
      counters.loadTime += this.#parts.clock.elapsed() - began;
      const kept = missing.map(({ flight }, index) => this.#reader.land(flight, values[index], policy));
      void this.#parts.shared?.share(kept.filter((entry) => entry !== undefined));
      return values;
    } catch (error) {
      counters.errors++;
      throw error;
    }
  }
}

async function loadAll(keys: readonly Key[], load: LoadMany, context: LoadContext): Promise<readonly unknown[]> {
  const values: unknown = await load(keys, context);
  if (!Array.isArray(values)) throw new LarderBatchError(keys.length, `a ${typeof values}`);
  if (values.length !== keys.length) throw new LarderBatchError(keys.length, String(values.length));
  return values;
}
