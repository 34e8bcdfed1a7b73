import type { Dependency } from '../entries/entry.js';
import type { Slots } from '../versions/slots.js';
import type { Observed, ObservedDependency, Passing, Tracker } from './tracker.js';
import type { WholeTable } from './whole-tables.js';

/** Longer texts would make entries large. */
const MAX_TEXT = 300;
/** A value with more dependencies is slow to check. */
const MAX_SLOTS = 1000;
/** So many slots are searched one by one. */
const FEW = 16;

/** What another value depends on, for a load that read it from the cache. */
export interface Read {
  readonly id: string;
  /** Its slots besides the root, its own first. */
  readonly slots: readonly number[];
  readonly stamp: number;
  readonly loadedAt: number;
}

/** A slot, and what it stands for if that is known. Its text is made when it is asked for: few entries are ever looked at. */
class ReadSlot implements Dependency {
  constructor(
    readonly slot: number,
    public explanation: Pick<ObservedDependency, 'text' | 'bytes'> | undefined,
  ) {}

  get bytes(): number | undefined {
    return this.explanation?.bytes;
  }

  get text(): string {
    const { text = '' } = this.explanation ?? {};
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
  }
}

export type OnRead = (read: Read) => void;

/** What a running load has been observed to depend on, for one value or all values of a batch. */
export class ObservedLoad {
  readonly #read: ReadSlot[] = [];
  /** The same by slot, once they are many: a map takes longer to make than a few slots to search. */
  #bySlot: Map<number, ReadSlot> | undefined;
  #reason: string | undefined;
  #passes: Passing | undefined;
  /** The tables of which every row matters. */
  readonly wholeTables: WholeTable[] = [];
  /** The oldest stamp and load of what it has read from the cache. Rule 3: a value is not newer than its parts. */
  stamp = Number.POSITIVE_INFINITY;
  loadedAt = Number.POSITIVE_INFINITY;

  /** @param onRead called with each value that it reads from the cache */
  constructor(private readonly onRead?: OnRead) {}

  /** Why its value must not be stored; `undefined` if it may. */
  get reason(): string | undefined {
    if (this.#reason !== undefined) return this.#reason;
    if (this.#read.length === 0) return 'no query was observed';
    return this.#read.length > MAX_SLOTS ? `it depends on more than ${MAX_SLOTS} things` : undefined;
  }

  /** When the reason ends to hold by itself; `undefined` if it does not. */
  get passes(): Passing | undefined {
    return this.#passes;
  }

  get slots(): readonly number[] {
    return this.#read.map(({ slot }) => slot);
  }

  get dependencies(): readonly Dependency[] {
    // Copied: an array that has grown keeps room for more, and an entry keeps it.
    return this.#read.filter(({ explanation }) => explanation !== undefined).slice();
  }

  /** Runs its loader. */
  run<T>(tracker: Tracker, slots: Slots, load: () => T | Promise<T>): Promise<T> {
    return tracker.run(load, (observed) => {
      this.#take(observed, slots);
      return observed.value;
    });
  }

  /** Rule 3: a load that reads another cached value depends on all that this one depends on. */
  inherit(read: Read): void {
    const { id, slots, stamp, loadedAt } = read;
    this.onRead?.(read);
    for (const slot of slots) this.#add(slot);
    if (slots[0] !== undefined) this.#add(slots[0], { text: `the cached value ${id}` });
    this.stamp = Math.min(this.stamp, stamp);
    this.loadedAt = Math.min(this.loadedAt, loadedAt);
  }

  refuse(reason: string, passes?: Passing): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#passes = passes;
  }

  #take(observed: Observed<unknown>, slots: Slots): void {
    if ('reason' in observed) {
      this.refuse(observed.reason, observed.passes);
      return;
    }
    if (observed.wholeTables !== undefined) this.wholeTables.push(...observed.wholeTables);
    for (const dependency of observed.dependencies) {
      this.#add(slots.ofDependency(dependency.name, dependency.rest), dependency);
    }
    if (observed.dependencies.length > 0) this.#add(slots.dependencyRoot);
  }

  #add(slot: number, explanation?: ReadSlot['explanation']): void {
    const known = this.#find(slot);
    if (known !== undefined) {
      known.explanation ??= explanation;
      return;
    }
    const read = new ReadSlot(slot, explanation);
    this.#read.push(read);
    this.#bySlot?.set(slot, read);
  }

  #find(slot: number): ReadSlot | undefined {
    if (this.#read.length <= FEW) return this.#read.find((one) => one.slot === slot);
    this.#bySlot ??= new Map(this.#read.map((one) => [one.slot, one]));
    return this.#bySlot.get(slot);
  }
}
