import type { LoadTrace } from '../../base/signals/tracer.js';
import type { ObservedLoad } from '../observed/observed-load.js';
import type { Passing } from '../observed/tracker.js';
import type { Policy } from '../policy/policy.js';

/** A value that is being loaded, shared by all callers that ask for its key meanwhile (single-flight). */
export class Flight {
  /** The load of the value, once it has begun in this process. */
  load: RunningLoad | undefined;
  /** Whether a load of the same key asked for it: it is for that load only, and not stored. */
  isNested = false;
  /** Whether {@link slots} are all slots of its value. */
  isComplete: boolean;
  /** When the reason ends for which its value is not stored, if there is one that ends by itself. */
  passes: Passing | undefined;
  /** Only in a cache with a tracer, until it ends. */
  trace: LoadTrace | undefined = undefined;
  #outcome: Promise<unknown> | (() => Promise<unknown>) | undefined;
  readonly #slotsOf: () => number[];
  #slots: number[] | undefined;
  #hasEnded = false;

  constructor(
    /** A sequence number within its cache: tells whether the flight began after a read did. */
    readonly number: number,
    readonly id: string,
    /** Computes {@link slots} when first needed; an entry of a shared tier has its own. */
    slotsOf: () => number[],
    /** Whether tags come from the loaded value, or its slots from the load, so that `slots` are incomplete until then. */
    readonly isLate: boolean,
    /** The table's sequence number when its load began. */
    public stamp: number,
    /** When its load began, on the clock's `elapsed`. */
    public startedAt: number,
  ) {
    this.#slotsOf = slotsOf;
    this.isComplete = !isLate;
  }

  /** The slots of its value besides the root, its own first. Those that are {@link isLate} are added when it is loaded. */
  get slots(): number[] {
    this.#slots ??= this.#slotsOf();
    return this.#slots;
  }

  /** Its value is loaded: no slot is missing any more. */
  complete(slots: Iterable<number>): void {
    for (const slot of slots) this.slots.push(slot);
    this.isComplete = true;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * No caller joins it any more. Drops the result so that an old copy of the `Map` cannot retain it until the next full GC.
   */
  end(): void {
    this.#hasEnded = true;
    this.#outcome = undefined;
    this.trace = undefined;
  }

  /** The result for all callers; read it before the flight ends. */
  get promise(): Promise<unknown> {
    if (typeof this.#outcome === 'function') this.#outcome = this.#outcome();
    return this.#outcome as Promise<unknown>;
  }

  /** @param outcome a function is called when a caller joins, and at most once */
  resolvesLike(outcome: Promise<unknown> | (() => Promise<unknown>)): void {
    this.#outcome = outcome;
  }

  /** Its load begins only now: earlier invalidations do not affect its value. */
  restart(stamp: number, startedAt: number): void {
    this.stamp = stamp;
    this.startedAt = startedAt;
  }
}

/** Flights that a load waits for before those that have ended are removed. */
const FIRST_TIDY = 32;

const NONE: readonly Flight[] = [];

/** A loader that runs for one flight or a batch of flights. */
export class RunningLoad {
  readonly #flights: readonly Flight[];
  #ids: Set<string> | undefined;
  /** Flights that it waits for; made by the first one, because most loads wait for none. */
  #waiting: Set<Flight> | undefined;
  #tidyAt = FIRST_TIDY;
  /** The loading function; only useful where the caller passes the same function to all reads. */
  loader: unknown;
  /** Identifies the decorated method that loads. */
  readonly source: object | undefined;
  readonly name: string;
  /** The load that asked for it. */
  parent: RunningLoad | undefined;
  isRunning = true;

  /** @param observed what it is observed to depend on, if that is wanted */
  constructor(
    flights: readonly Flight[],
    loader: unknown,
    { method, source }: Pick<Policy, 'method' | 'source'>,
    parent: RunningLoad | undefined,
    readonly observed: ObservedLoad | undefined,
  ) {
    this.#flights = flights;
    this.loader = loader;
    this.source = source;
    this.name = method ?? (flights[0] as Flight).id;
    this.parent = parent;
    for (const flight of flights) flight.load = this;
  }

  /** Whether it loads the value of an id. */
  brings(id: string): boolean {
    if (this.#flights.length === 1) return this.#flights[0]?.id === id;
    this.#ids ??= new Set(this.#flights.map((flight) => flight.id));
    return this.#ids.has(id);
  }

  waitFor(flight: Flight): void {
    this.#waiting ??= new Set();
    if (this.#waiting.size >= this.#tidyAt) {
      for (const one of this.#waiting) if (one.hasEnded) this.#waiting.delete(one);
      this.#tidyAt = FIRST_TIDY + 2 * this.#waiting.size;
    }
    this.#waiting.add(flight);
  }

  waiting(): Iterable<Flight> {
    return this.#waiting ?? NONE;
  }

  /** Drops its references: work that it started may run on and retain it. */
  end(): void {
    this.isRunning = false;
    this.loader = undefined;
    this.#waiting = undefined;
    for (const flight of this.#flights) flight.load = undefined;
  }
}

/** The flights of one cache: for each key the latest, which callers may join. */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  #made = 0;

  /** How many flights were made so far. */
  get made(): number {
    return this.#made;
  }

  /** The number of a new flight. */
  next(): number {
    this.#made++;
    return this.#made;
  }

  of(id: string): Flight | undefined {
    return this.#flights.get(id);
  }

  all(): IterableIterator<Flight> {
    return this.#flights.values();
  }

  /** Lets callers join a flight until it ends. An earlier flight of the key goes on for its own callers. */
  begin(flight: Flight): void {
    if (!flight.hasEnded) this.#flights.set(flight.id, flight);
  }

  end(flight: Flight): void {
    flight.end();
    if (this.#flights.get(flight.id) === flight) this.#flights.delete(flight.id);
  }
}
