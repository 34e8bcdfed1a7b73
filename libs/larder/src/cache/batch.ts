import { LarderBatchError } from '../errors.js';
import { encodePath, idOf, type Key } from '../keys/key.js';
import type { Entry } from './entry.js';
import type { Flight } from './flight.js';
import type { Parts } from './parts.js';
import type { Policy } from './policy.js';
import { type LoadContext, LoadSignal, type Reader, type TableState } from './read.js';

/** Loads what is missing in one go: one value, or `undefined`, per key, in the order of the keys. */
export type LoadMany<T = unknown> = (
  missing: readonly Key[],
  context: LoadContext,
) => readonly (T | undefined)[] | Promise<readonly (T | undefined)[]>;

interface Missing {
  readonly key: Key;
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
    const loaded = this.#load(missing, load, policy);
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
          return this.#begin(path, key, missing, loaded, policy);
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

  /** Adds a key to those that will be loaded, as a flight that others, later keys of this batch too, can join. */
  #begin(path: string, key: Key, missing: Missing[], loaded: Promise<readonly unknown[]>, policy: Policy) {
    const flight = this.#reader.newFlight(path, policy);
    const place = missing.push({ key, flight }) - 1;
    flight.promise = loaded.then((values) => values[place]);
    this.#parts.flights.begin(flight);
    return flight.promise;
  }

  async #load(missing: readonly Missing[], load: LoadMany, policy: Policy): Promise<readonly unknown[]> {
    // `missing` is filled by the caller before this goes on.
    await undefined;
    if (missing.length === 0) return [];
    const { counters } = policy;
    const began = this.#parts.clock.elapsed();
    counters.loads++;
    try {
      const keys = missing.map(({ key }) => key);
      const values = await loadAll(keys, load, new LoadSignal(this.#parts.closing));
      counters.loadTime += this.#parts.clock.elapsed() - began;
      missing.forEach(({ flight }, index) => {
        this.#reader.land(flight, values[index], policy);
      });
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
