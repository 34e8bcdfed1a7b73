/** An estimate with the bounds that contain the truth with 95 % confidence. */
export interface Estimate {
  /** The most likely figure; `null` if nothing was measured. */
  readonly value: number | null;
  readonly from: number;
  readonly to: number;
}

/** How many reads got what a fresh load would have returned. */
export interface Consistency {
  /** The share of consistent reads, from 0 to 1. The bounds are those of the Wilson score interval. */
  readonly share: Estimate;
  /** The same in nines: 3 means that one read of a thousand was stale. `Infinity` if no stale read was found. */
  readonly nines: Estimate;
}

/** Audited hits of a method or of the whole cache. Counts of several processes can be added: see {@link consistencyOf}. */
export interface AuditCounts extends Consistency {
  /** Hits that were compared with a fresh load. */
  readonly reads: number;
  /** Of these, hits that a change without an invalidation had made stale. */
  readonly stale: number;
  /** Of these, hits that differed because of a change at the same time, which then was invalidated. They are consistent. */
  readonly concurrent: number;
  /** Hits without a verdict: the load failed, or the journal could not be read. */
  readonly undecided: number;
  /** Hits of the sample that were not compared, because the budget of loads was used up. */
  readonly skipped: number;
  /** The greatest age of a stale value when it was served, in milliseconds; `null` without one. */
  readonly worstAge: number | null;
  /** Stale reads by what probably changed the value: a write, a table, or `unknown`. */
  readonly causes: Readonly<Record<string, number>>;
}

/** The results of the audit: of all methods together, and by name of each method. */
export interface AuditStats extends AuditCounts {
  readonly methods: Readonly<Record<string, AuditCounts>>;
}

/** The quantile of the normal distribution for 95 % confidence. */
const Z = 1.959964;

/**
 * The consistency of some reads, with the Wilson score interval: it holds for few reads and for none stale. Add the counts of
 * several processes to get that of a fleet.
 *
 * @param reads audited reads, a whole number from 0
 * @param stale stale ones among them
 *
 * @example
 * ```ts
 * const { nines } = consistencyOf(1_000_000, 3);
 * console.log(`between ${nines.from.toFixed(1)} and ${nines.to.toFixed(1)} nines`);
 * ```
 */
export function consistencyOf(reads: number, stale: number): Consistency {
  if (reads === 0) {
    return { share: { value: null, from: 0, to: 1 }, nines: { value: null, from: 0, to: Number.POSITIVE_INFINITY } };
  }
  const share = stale / reads;
  const centre = (share + Z ** 2 / (2 * reads)) / (1 + Z ** 2 / reads);
  const half = (Z / (1 + Z ** 2 / reads)) * Math.sqrt((share * (1 - share)) / reads + Z ** 2 / (4 * reads ** 2));
  const least = stale === 0 ? 0 : Math.max(0, centre - half);
  const most = stale === reads ? 1 : Math.min(1, centre + half);
  return {
    share: { value: 1 - share, from: 1 - most, to: 1 - least },
    nines: { value: ninesOf(share), from: ninesOf(most), to: ninesOf(least) },
  };
}

function ninesOf(share: number): number {
  return share === 0 ? Number.POSITIVE_INFINITY : Math.max(0, -Math.log10(share));
}

/** How many causes are counted by name; further ones count as `other`. */
const MAX_CAUSES = 50;

/** Counts the audited hits of one method. */
export class AuditCounters {
  reads = 0;
  stale = 0;
  concurrent = 0;
  undecided = 0;
  skipped = 0;
  worstAge: number | null = null;
  readonly #causes = new Map<string, number>();

  /** @param age of the value when it was served */
  foundStale(age: number, cause: string, reads = 1): void {
    this.reads += reads;
    this.stale += reads;
    this.worstAge = Math.max(this.worstAge ?? 0, age);
    const name = this.#causes.has(cause) || this.#causes.size < MAX_CAUSES ? cause : 'other';
    this.#causes.set(name, (this.#causes.get(name) ?? 0) + reads);
  }

  addTo(total: AuditCounters): void {
    for (const name of COUNTED) total[name] += this[name];
    if (this.worstAge !== null) total.worstAge = Math.max(total.worstAge ?? 0, this.worstAge);
    for (const [cause, count] of this.#causes) total.#causes.set(cause, (total.#causes.get(cause) ?? 0) + count);
  }

  snapshot(): AuditCounts {
    const { reads, stale, concurrent, undecided, skipped, worstAge } = this;
    const counts = { reads, stale, concurrent, undecided, skipped, worstAge };
    return { ...counts, causes: Object.fromEntries(this.#causes), ...consistencyOf(reads, stale) };
  }
}

const COUNTED = ['reads', 'stale', 'concurrent', 'undecided', 'skipped'] as const;

/** Counts the audited hits of a cache. */
export class AuditFigures {
  readonly #methods = new Map<string, AuditCounters>();

  method(name: string): AuditCounters {
    const counters = this.#methods.get(name) ?? new AuditCounters();
    this.#methods.set(name, counters);
    return counters;
  }

  snapshot(): AuditStats {
    const total = new AuditCounters();
    for (const counters of this.#methods.values()) counters.addTo(total);
    const methods = [...this.#methods].map(([name, counters]) => [name, counters.snapshot()] as const);
    return { ...total.snapshot(), methods: Object.fromEntries(methods) };
  }
}
