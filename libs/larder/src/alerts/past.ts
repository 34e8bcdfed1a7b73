/** Counts since the start of a node. */
export interface Counts {
  /** Calls served a stored value. */
  readonly hits: number;
  readonly misses: number;
  readonly loads: number;
  /** Values that left the memory to make room. */
  readonly evictions: number;
  /** Stale reads that the audit found. */
  readonly staleReads: number;
}

const NONE: Counts = { hits: 0, misses: 0, loads: 0, evictions: 0, staleReads: 0 };
/** Milliseconds between two kept samples, and how many are kept: the last hour, and the minutes it is compared with. */
const STEP = 30_000;
const MAX_SAMPLES = 132;

interface Sample {
  readonly at: number;
  readonly counts: Counts;
}

/** Samples of the counts of the last hour, to compare the present with it. */
export class Past {
  #samples: Sample[] = [];
  #now: Sample = { at: 0, counts: NONE };

  /** @param at milliseconds that never go back */
  add(at: number, counts: Counts): void {
    this.#now = { at, counts };
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < STEP) return;
    this.#samples.push(this.#now);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** Milliseconds since the first sample that is kept. */
  get length(): number {
    return this.#now.at - (this.#samples[0]?.at ?? this.#now.at);
  }

  /** What was counted between two moments, in milliseconds before now. */
  between(from: number, to: number): Counts {
    return difference(this.#countsAt(to), this.#countsAt(from));
  }

  /** The counts then, or the oldest that are kept. */
  #countsAt(ago: number): Counts {
    if (ago === 0) return this.#now.counts;
    const at = this.#now.at - ago;
    return (this.#samples.findLast((sample) => sample.at <= at) ?? this.#samples[0] ?? this.#now).counts;
  }
}

function difference(later: Counts, earlier: Counts): Counts {
  const names = Object.keys(NONE) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, later[name] - earlier[name]])) as unknown as Counts;
}
