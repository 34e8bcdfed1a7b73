interface Kept<Figures> {
  /** How often it was used, or more: who takes a place takes over the count of who had it. */
  rank: number;
  readonly figures: Figures;
}

/**
 * Figures of the names that are used most, in a bounded number of places (Metwally's "space-saving"): a name without a place
 * takes that of the one that is used least. So what many ask for stays, however many names are made up meanwhile.
 */
export class SpaceSaving<Figures> {
  readonly #kept = new Map<string, Kept<Figures>>();
  readonly #places: number;
  readonly #make: () => Figures;

  constructor(places: number, make: () => Figures) {
    this.#places = places;
    this.#make = make;
  }

  /** The figures of a name that is used now. */
  used(name: string, times = 1): Figures {
    const known = this.#kept.get(name);
    if (known !== undefined) {
      known.rank += times;
      return known.figures;
    }
    const kept = { rank: this.#freePlace() + times, figures: this.#make() };
    this.#kept.set(name, kept);
    return kept.figures;
  }

  of(name: string): Figures | undefined {
    return this.#kept.get(name)?.figures;
  }

  /** The names used most, and as many as there are places: those that have figures, and others with what they are used besides. */
  mostUsed(others: ReadonlyMap<string, { readonly hits: number }>): string[] {
    const ranks = new Map([...this.#kept].map(([name, { rank }]) => [name, rank]));
    for (const [name, { hits }] of others) ranks.set(name, (ranks.get(name) ?? 0) + hits);
    const ranked = [...ranks];
    if (ranked.length > this.#places) ranked.sort(([, one], [, other]) => other - one);
    return ranked.slice(0, this.#places).map(([name]) => name);
  }

  /** Makes sure that there is a place; answers the rank of who had it. */
  #freePlace(): number {
    if (this.#kept.size < this.#places) return 0;
    let least: string | undefined;
    let rank = Number.POSITIVE_INFINITY;
    for (const [name, kept] of this.#kept) {
      if (kept.rank >= rank) continue;
      least = name;
      rank = kept.rank;
    }
    this.#kept.delete(least as string);
    return rank;
  }
}
