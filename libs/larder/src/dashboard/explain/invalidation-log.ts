import type { Engine } from '../../cache/engine.js';
import type { Cause } from '../../cache/writes/tracked-journal.js';

/** Something that a process has invalidated. */
export interface NotedInvalidation {
  /** Milliseconds since the epoch, by the clock of the process. */
  readonly at: number;
  /** `PATCH /v1/venues/:id`, `job close-offers`, the decorated method, or the kind of the call. */
  readonly by: string;
  /** The names of what was invalidated, ten at most; none for a decorated write. */
  readonly targets: readonly string[];
  /** The first slots that it raised: those of an entry tell whether it is the cause. */
  readonly slots: readonly number[];
}

/** How many are kept. */
const KEPT = 50;
const MAX_NAME = 100;
const MAX_SLOTS = 20;

const KINDS: Readonly<Record<Cause['kind'], string>> = {
  call: 'a call of invalidate',
  set: 'a call of set',
  'write-through': 'a write-through',
  write: 'a write',
  deferred: 'a transaction',
  clear: 'a clear',
};

/** The last invalidations of this process. */
export class InvalidationLog {
  readonly #latest: NotedInvalidation[] = [];
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.writer.hearRaises((slots, cause) => this.#note(slots, cause));
  }

  /** The latest first. */
  get latest(): readonly NotedInvalidation[] {
    return this.#latest;
  }

  close(): void {
    this.#engine.writer.hearRaises(undefined);
  }

  #note(slots: readonly number[], { kind, method, targets }: Cause): void {
    const { clock, diagnostics } = this.#engine.context;
    const by = diagnostics?.origin ?? method ?? KINDS[kind];
    this.#latest.unshift({
      at: clock.now(),
      by: by.slice(0, MAX_NAME),
      targets: targets.map((name) => name.slice(0, MAX_NAME)),
      slots: slots.slice(0, MAX_SLOTS),
    });
    this.#latest.length = Math.min(this.#latest.length, KEPT);
  }
}
