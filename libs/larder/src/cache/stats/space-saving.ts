interface Kept<Figures> {
  /** How often it was used, or more: a new name takes over the count of the name it replaces. */
  rank: number;
  readonly figures: Figures;
}

/**
 * Figures of the most used names, in a bounded number of places (Metwally's "space-saving"): a new name replaces the least
 * used one. Names in frequent use stay, however many names are made up meanwhile.
 */
export class SpaceSaving<Figures> {
  readonly #kept = new Map<string, Kept<Figures>>();
  readonly #places: number;
  readonly #make: () => Figures;

  constructor(places: number, make: () => Figures) {
    this.#places = places;
    this.#make = make;
  }

  /** Counts uses of a name, and returns its figures. */
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

  /** The most used names, at most as many as there are places: those with figures, and `others` by their hits too. */
  mostUsed(others: ReadonlyMap<string, { readonly hits: number }>): string[] {
    const ranks = new Map([...this.#kept].map(([name, { rank }]) => [name, rank]));
    for (const [name, { hits }] of others) ranks.set(name, (ranks.get(name) ?? 0) + hits);
    const ranked = [...ranks];
    if (ranked.length > this.#places) ranked.sort(([, one], [, other]) => other - one);
    return ranked.slice(0, this.#places).map(([name]) => name);
  }

  /** Makes room for a name, and returns the count of the name it replaces. */
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
