import type { Dependency } from '../entries/entry.js';
import type { Slots } from '../versions/slots.js';
import type { Observed, ObservedDependency, Tracker } from './tracker.js';
import type { WholeTable } from './whole-tables.js';

/** Longer texts would make entries large. */
const MAX_TEXT = 300;
/** A value with more dependencies is slow to check. */
const MAX_SLOTS = 1000;

/** What another value depends on, for a load that read it from the cache. */
export interface Read {
  readonly id: string;
  /** Its slots besides the root, its own first. */
  readonly slots: readonly number[];
  readonly stamp: number;
  readonly loadedAt: number;
}

/** What a slot stands for. */
type Explanation = Pick<ObservedDependency, 'text'>;

/** A slot of an entry. Its text is made when it is asked for: few entries are ever looked at. */
class ExplainedSlot implements Dependency {
  constructor(
    readonly slot: number,
    private readonly explanation: Explanation,
  ) {}

  get text(): string {
    const { text } = this.explanation;
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
  }
}

export type OnRead = (read: Read) => void;

/** What a running load has been observed to depend on, for one value or all values of a batch. */
export class ObservedLoad {
  /** Its slots, with what explains them where that is known. */
  readonly #slots = new Map<number, Explanation | undefined>();
  #reason: string | undefined;
  #isPassing = false;
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
    if (this.#slots.size === 0) return 'no query was observed';
    return this.#slots.size > MAX_SLOTS ? `it depends on more than ${MAX_SLOTS} things` : undefined;
  }

  /** Whether the reason may not hold for a later load. */
  get isPassing(): boolean {
    return this.#isPassing;
  }

  get slots(): Iterable<number> {
    return this.#slots.keys();
  }

  get dependencies(): readonly Dependency[] {
    const dependencies: Dependency[] = [];
    for (const [slot, explanation] of this.#slots) {
      if (explanation !== undefined) dependencies.push(new ExplainedSlot(slot, explanation));
    }
    return dependencies;
  }

  /** Runs its loader. */
  run<T>(tracker: Tracker, slots: Slots, load: () => T | Promise<T>): Promise<T> {
    return tracker.run(load).then((observed) => {
      this.#take(observed, slots);
      return observed.value;
    });
  }

  /** Rule 3: a load that reads another cached value depends on all that this one depends on. */
  inherit(read: Read): void {
    const { id, slots, stamp, loadedAt } = read;
    this.onRead?.(read);
    for (const slot of slots) if (!this.#slots.has(slot)) this.#slots.set(slot, undefined);
    const [own] = slots;
    if (own !== undefined && this.#slots.get(own) === undefined) {
      this.#slots.set(own, { text: `the cached value ${id}` });
    }
    this.stamp = Math.min(this.stamp, stamp);
    this.loadedAt = Math.min(this.loadedAt, loadedAt);
  }

  refuse(reason: string, isPassing = false): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#isPassing = isPassing;
  }

  #take(observed: Observed<unknown>, slots: Slots): void {
    if ('reason' in observed) {
      this.refuse(observed.reason, observed.isPassing);
      return;
    }
    if (observed.wholeTables !== undefined) this.wholeTables.push(...observed.wholeTables);
    for (const dependency of observed.dependencies) {
      const slot = slots.ofDependency(dependency.name, dependency.rest);
      if (this.#slots.get(slot) === undefined) this.#slots.set(slot, dependency);
    }
    if (observed.dependencies.length > 0) this.#slots.set(slots.dependencyRoot, undefined);
  }
}
