import type { Key } from '../../../keys/key.js';
import type { Entry } from '../../entries/entry.js';
import type { ObservedLoad } from '../../observed/observed-load.js';
import type { Policy } from '../../policy/policy.js';
import type { Lease } from '../../shared-tier/leases.js';
import type { Flight } from '../../state/flight.js';
import type { LoadContext } from '../../state/read-request.js';
import type { TableState } from '../lookup.js';
import { inheritFlight } from '../reader.js';

/** Loads the missing keys at once: one value, or `undefined`, per key, in the order of the keys. */
export type LoadMany<T = unknown> = (
  missing: readonly Key[],
  context: LoadContext,
) => readonly (T | undefined)[] | Promise<readonly (T | undefined)[]>;

/** A key that the batch loads. */
export interface Missing {
  /** Its index among the keys of the batch. */
  readonly index: number;
  readonly path: string;
  readonly key: Key;
  readonly table: TableState;
  readonly flight: Flight;
  /** The policy with the tags of this key. */
  readonly policy: Policy;
  /** The valid stored entry, if any: already served to the caller, or served if the load fails. */
  entry: Entry | undefined;
  /** Whether the caller waits for it: not if a stale value was served. */
  readonly isAwaited: boolean;
  readonly isRefused: boolean;
  /** Whether the shared tier was asked and does not have it: then another process may be loading it. */
  isAbsent?: boolean;
  /** The lease of its load. */
  lease?: Lease | undefined;
}

/** One read of many keys. */
export class Batch {
  readonly answers: unknown[];
  readonly missing: Missing[] = [];
  /** Keys that other loads bring. */
  readonly joined: Promise<void>[] = [];
  /** Flights for a load of the same key: only later keys of this batch join them. */
  readonly nested = new Map<string, Flight>();
  /** Those that it joins. */
  readonly flights: Flight[] = [];
  /** The values of {@link missing}, in its order. */
  readonly brought: Promise<readonly unknown[]>;
  #start: ((brought: Promise<readonly unknown[]>) => void) | undefined;
  /** Values that have arrived before all have, by flight. */
  readonly #arrived = new Map<Flight, unknown>();
  readonly #waiting = new Map<Flight, (value: unknown) => void>();

  constructor(
    readonly keys: readonly Key[],
    readonly load: LoadMany,
    readonly policy: Policy,
    /** How many flights had been made when the batch began. */
    readonly before: number,
    /** The observed load that makes this read. */
    readonly observing: ObservedLoad | undefined,
  ) {
    this.answers = Array(keys.length);
    this.brought = new Promise((resolve) => {
      this.#start = resolve;
    });
  }

  /** Rule 3, once all values are there. */
  inherit(): void {
    if (this.observing === undefined) return;
    for (const flight of this.flights) inheritFlight(this.observing, flight);
    for (const { flight } of this.missing) inheritFlight(this.observing, flight);
  }

  bring(brought: Promise<readonly unknown[]>): void {
    this.#start?.(brought);
  }

  join(index: number, outcome: Promise<unknown>): void {
    const joined = outcome.then((value) => {
      this.answers[index] = value;
    });
    // It may fail before the batch awaits it.
    joined.catch(() => {});
    this.joined.push(joined);
  }

  /** The value of a flight has arrived, and others have not: callers that joined it need not wait for those. */
  arrive(flight: Flight, value: unknown): void {
    this.#arrived.set(flight, value);
    this.#waiting.get(flight)?.(value);
  }

  /** For callers that join the flight of a missing key. */
  valueOf(flight: Flight, place: number): Promise<unknown> {
    if (this.#arrived.has(flight)) return Promise.resolve(this.#arrived.get(flight));
    return new Promise((resolve, reject) => {
      this.#waiting.set(flight, resolve);
      this.brought.then((values) => resolve(values[place]), reject);
    });
  }
}
