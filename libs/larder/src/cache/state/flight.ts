import type { Policy } from '../policy/policy.js';

/** A value on its way, shared by everyone who asks for its key meanwhile. */
export class Flight {
  /** What loads it, once that has begun here. */
  load: RunningLoad | undefined;
  /** Whether a load of the same key asked for it: it is for that load alone, and not stored. */
  isNested = false;
  #outcome: Promise<unknown> | (() => Promise<unknown>) | undefined;
  readonly #slotsOf: () => number[];
  #slots: number[] | undefined;
  #hasEnded = false;

  constructor(
    /** How many flights its cache had made, this one included: tells whether it began after a read did. */
    readonly number: number,
    readonly id: string,
    /** Finds {@link slots}, once they are asked for: what is found in a shared tier brings its own. */
    slotsOf: () => number[],
    /** Whether tags will be read from the value, so that until then not all of `slots` are known. */
    readonly lateTags: boolean,
    /** The table's sequence number when its load began. */
    public stamp: number,
    /** When its load began, on the clock's `elapsed`. */
    public startedAt: number,
  ) {
    this.#slotsOf = slotsOf;
  }

  /** What its value depends on besides the root; its own slot is the first. Tags read from the value come when it is there. */
  get slots(): number[] {
    this.#slots ??= this.#slotsOf();
    return this.#slots;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Nobody joins it any more. It lets go of what it brought: a `Map` that entries come to and leave all the time is copied
   * now and then, and what an old copy held stays until the next full garbage collection.
   */
  end(): void {
    this.#hasEnded = true;
    this.#outcome = undefined;
  }

  /** What it resolves or rejects to, for all who share it: asked before it has ended. */
  get promise(): Promise<unknown> {
    if (typeof this.#outcome === 'function') this.#outcome = this.#outcome();
    return this.#outcome as Promise<unknown>;
  }

  /** @param outcome a function is asked when somebody joins, and once at most */
  resolvesLike(outcome: Promise<unknown> | (() => Promise<unknown>)): void {
    this.#outcome = outcome;
  }

  /** Its load begins only now: what happened before does not matter to its value. */
  restart(stamp: number, startedAt: number): void {
    this.stamp = stamp;
    this.startedAt = startedAt;
  }
}

/** Flights that a load may be known to wait for before those that have landed are let go. */
const FIRST_TIDY = 32;

/** A loader at work, for one flight or a batch of them. */
export class RunningLoad {
  readonly #flights: readonly Flight[];
  #ids: Set<string> | undefined;
  readonly #waiting = new Set<Flight>();
  #tidyAt = FIRST_TIDY;
  /** The function that loads, as far as its caller has one function for all its reads. */
  loader: unknown;
  /** The decorated method that loads. */
  readonly source: object | undefined;
  readonly name: string;
  /** The load that asked for it. */
  parent: RunningLoad | undefined;
  isRunning = true;

  constructor(flights: readonly Flight[], loader: unknown, policy: Policy, parent: RunningLoad | undefined) {
    this.#flights = flights;
    this.loader = loader;
    this.source = policy.source;
    this.name = policy.method ?? (flights[0] as Flight).id;
    this.parent = parent;
    for (const flight of flights) flight.load = this;
  }

  /** Whether it brings the value of an id. */
  brings(id: string): boolean {
    if (this.#flights.length === 1) return this.#flights[0]?.id === id;
    this.#ids ??= new Set(this.#flights.map((flight) => flight.id));
    return this.#ids.has(id);
  }

  waitFor(flight: Flight): void {
    if (this.#waiting.size >= this.#tidyAt) {
      for (const one of this.#waiting) if (one.hasEnded) this.#waiting.delete(one);
      this.#tidyAt = FIRST_TIDY + 2 * this.#waiting.size;
    }
    this.#waiting.add(flight);
  }

  waiting(): Iterable<Flight> {
    return this.#waiting;
  }

  /** Lets go of what it was made of: work that it started may go on and remember it. */
  end(): void {
    this.isRunning = false;
    this.loader = undefined;
    this.#waiting.clear();
    for (const flight of this.#flights) flight.load = undefined;
  }
}

/** The loads under way of one cache: for each key the latest, which others may join. */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  #made = 0;

  /** How many flights were made so far. */
  get made(): number {
    return this.#made;
  }

  /** The number of a flight that is made now. */
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

  /** Lets others join a flight until it ends. One before it goes on for those who are waiting for it. */
  begin(flight: Flight): void {
    if (!flight.hasEnded) this.#flights.set(flight.id, flight);
  }

  end(flight: Flight): void {
    flight.end();
    if (this.#flights.get(flight.id) === flight) this.#flights.delete(flight.id);
  }
}
